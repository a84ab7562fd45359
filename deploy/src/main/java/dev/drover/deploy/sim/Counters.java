package dev.drover.deploy.sim;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/** How often something happened in a world. */
final class Counters {
  private final Map<Fault, Long> faults = new EnumMap<>(Fault.class);
  long calls;
  long jobs;

  void count(Fault fault) {
    faults.merge(fault, 1L, Long::sum);
  }

  Map<Fault, Long> faults() {
    return Collections.unmodifiableMap(faults);
  }
}
