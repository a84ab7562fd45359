/** The tools that every agent has. All of them only read, and each may be repeated. */
@NullMarked
package dev.drover.agent.tools;

import org.jspecify.annotations.NullMarked;
