/** Does what leases and callers ask for: questions to the model and calls of tools. */
@NullMarked
package dev.drover.agent.run;

import org.jspecify.annotations.NullMarked;
