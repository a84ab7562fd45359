package dev.drover.deploy.sim;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Finds a smaller world of the same seed in which the same invariant breaks: fewer faults, fewer
 * devices, less time.
 */
final class Shrinker {
  private final Supplier<Variant> variants;
  private int triesLeft;

  /**
   * Makes a shrinker.
   *
   * @param variants gives each world its own
   * @param triesMax how many worlds it may live through
   */
  Shrinker(Supplier<Variant> variants, int triesMax) {
    this.variants = variants;
    this.triesLeft = triesMax;
  }

  /** Returns the smallest that it found; the same result where there is nothing smaller. */
  SimResult shrink(SimResult broken) {
    SimResult best = broken;
    best = withoutFaults(best);
    best = withFewerDevices(best);
    best = withLessTime(best);
    return withoutFaults(best);
  }

  private SimResult withoutFaults(SimResult from) {
    SimResult best = from;
    for (Fault fault : from.options().faults()) {
      if (!from.counters().faults().containsKey(fault)) {
        continue;
      }
      Set<Fault> fewer = EnumSet.noneOf(Fault.class);
      fewer.addAll(best.options().faults());
      fewer.remove(fault);
      best = better(best, best.options().withFaults(fewer));
    }
    return best;
  }

  private SimResult withFewerDevices(SimResult from) {
    SimResult best = from;
    for (int devices = 1; devices < from.deviceCount(); devices *= 2) {
      SimResult smaller = better(best, best.options().withDevices(devices));
      if (!smaller.equals(best)) {
        return smaller;
      }
    }
    return best;
  }

  private SimResult withLessTime(SimResult from) {
    SimResult best = from;
    for (int minutes = 1; minutes < from.options().minutes(); minutes++) {
      SimResult smaller = better(best, best.options().withMinutes(minutes));
      if (!smaller.equals(best)) {
        return smaller;
      }
    }
    return best;
  }

  private SimResult better(SimResult best, SimOptions options) {
    if (triesLeft == 0) {
      return best;
    }
    triesLeft--;
    SimResult other = new SimWorld(options, variants.get(), null).live();
    return invariant(other).equals(invariant(best)) ? other : best;
  }

  private static Optional<String> invariant(SimResult result) {
    return result.violation().map(Violation::invariant);
  }
}
