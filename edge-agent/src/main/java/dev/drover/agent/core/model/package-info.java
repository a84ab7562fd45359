/**
 * The port behind which a model is run, and the values that pass through it. No I/O, no threads.
 */
@NullMarked
package dev.drover.agent.core.model;

import org.jspecify.annotations.NullMarked;
