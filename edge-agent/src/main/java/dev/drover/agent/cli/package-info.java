/** The agent's commands. They parse, call and print; what they call does the work. */
@NullMarked
package dev.drover.agent.cli;

import org.jspecify.annotations.NullMarked;
