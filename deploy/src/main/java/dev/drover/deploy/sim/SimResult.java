package dev.drover.deploy.sim;

import java.util.Optional;

/**
 * What became of a world.
 *
 * @param options that it was made from
 * @param deviceCount how many devices there were
 * @param trace what happened
 * @param counters how often
 * @param violation the first broken invariant
 */
record SimResult(
    SimOptions options,
    int deviceCount,
    Trace trace,
    Counters counters,
    Optional<Violation> violation) {
  /** Returns what happened, the broken invariant and how to see it again, for a person. */
  String report() {
    StringBuilder out = new StringBuilder();
    violation.ifPresent(
        broken -> {
          out.append("seed ").append(options.seed()).append(", event ").append(trace.events());
          out.append(": broken is that ").append(broken.invariant()).append(".\n");
          out.append("  ").append(broken.getMessage()).append("\n\n");
        });
    trace.last().forEach(line -> out.append(line).append('\n'));
    out.append("\nAgain: ").append(options.command()).append('\n');
    return out.toString();
  }
}
