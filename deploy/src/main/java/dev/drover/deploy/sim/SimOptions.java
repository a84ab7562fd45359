package dev.drover.deploy.sim;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What one world is made from; the same options give the same history.
 *
 * @param seed decides everything that these options leave open
 * @param devices how many, 1 to 1000; 0 lets the seed choose
 * @param minutes of simulated time in which things break and jobs are made; quiet follows
 * @param faults what may break; which of these do in this world, the seed decides
 */
record SimOptions(long seed, int devices, int minutes, Set<Fault> faults) {
  static final int DEVICES_MAX = 1000;
  static final int MINUTES_MAX = 24 * 60;

  /** How long a world is broken if nobody says otherwise. */
  static final int MINUTES = 6;

  /** Copies the set, in the order of the declarations. */
  SimOptions {
    EnumSet<Fault> ordered = EnumSet.noneOf(Fault.class);
    ordered.addAll(faults);
    faults = Collections.unmodifiableSet(ordered);
  }

  /** Returns the options of a seed for which the seed decides all it can. */
  static SimOptions of(long seed) {
    return new SimOptions(seed, 0, MINUTES, EnumSet.allOf(Fault.class));
  }

  SimOptions withDevices(int other) {
    return new SimOptions(seed, other, minutes, faults);
  }

  SimOptions withMinutes(int other) {
    return new SimOptions(seed, devices, other, faults);
  }

  SimOptions withFaults(Set<Fault> other) {
    return new SimOptions(seed, devices, minutes, other);
  }

  /** Returns the command that lives through the same world. */
  String command() {
    StringBuilder command = new StringBuilder("deploy/drover simulate --seeds ");
    command.append(seed).append("..").append(seed);
    if (devices > 0) {
      command.append(" --devices ").append(devices);
    }
    if (minutes != MINUTES) {
      command.append(" --minutes ").append(minutes);
    }
    if (faults.size() < Fault.values().length) {
      command
          .append(" --faults ")
          .append(
              faults.isEmpty()
                  ? "none"
                  : faults.stream().map(Fault::word).collect(Collectors.joining(",")));
    }
    return command.toString();
  }
}
