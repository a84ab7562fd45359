/** The agent put together from its parts, and its entry point. */
@NullMarked
package dev.drover.agent;

import org.jspecify.annotations.NullMarked;
