/**
 * The operator's command line. Every command that talks to a hub does so over its public API with
 * the operator's certificate; none reads the hub's files.
 */
@NullMarked
package dev.drover.hub.cli;

import org.jspecify.annotations.NullMarked;
