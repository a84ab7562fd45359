package dev.drover.deploy.sim;

import java.util.Optional;

/**
 * What became of a world.
 *
 * @param options that it was made from
 * @param trace what happened
 * @param counters how often
 * @param violation the first broken invariant
 */
record SimResult(
    SimOptions options, Trace trace, Counters counters, Optional<Violation> violation) {}
