/** What the owner of a device lets the hub do, read from a file of the owner. */
@NullMarked
package dev.drover.agent.policy;

import org.jspecify.annotations.NullMarked;
