/**
 * The one command line of Drover: every command of hub and agent under one name, and those that
 * need both, such as the demo.
 */
@NullMarked
package dev.drover.deploy;

import org.jspecify.annotations.NullMarked;
