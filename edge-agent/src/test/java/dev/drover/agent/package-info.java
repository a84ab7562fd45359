/** Tests of the agent as a whole. */
@NullMarked
package dev.drover.agent;

import org.jspecify.annotations.NullMarked;
