/**
 * The simulated engine: the same core as on a hub and a device, turned by hand in one thread, over
 * a disk that loses what was not synced and a clock that only moves when told.
 *
 * <p>Everything that happens is decided by the seed: which of the waiting pieces of work is next,
 * and at which point the power goes. The same seed gives the same history. Used by the tests of
 * engines and machines, and by the fleet simulation, which {@code deploy/drover simulate} offers to
 * everybody: so it is shipped.
 */
@NullMarked
package dev.drover.machine.sim;

import org.jspecify.annotations.NullMarked;
