/** Tests of the hub, the agents and the documents together. */
@NullMarked
package dev.drover.deploy;

import org.jspecify.annotations.NullMarked;
