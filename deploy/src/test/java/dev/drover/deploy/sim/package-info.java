/** Tests of the fleet simulation, and by it. */
@NullMarked
package dev.drover.deploy.sim;

import org.jspecify.annotations.NullMarked;
