/**
 * What the agent offers to programs on the device and to paired neighbours: gRPC on a Unix socket
 * and, where switched on, over mutual TLS.
 */
@NullMarked
package dev.drover.agent.api;

import org.jspecify.annotations.NullMarked;
