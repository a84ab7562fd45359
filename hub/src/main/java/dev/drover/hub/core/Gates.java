package dev.drover.hub.core;

import dev.drover.v1.Gate;
import dev.drover.v1.Group;
import dev.drover.v1.GroupSpec;
import java.util.List;

/**
 * Judges whether a group of a job did well enough for the next one to start. Counts only, no
 * division, and no data is never a pass. Pure.
 */
final class Gates {
  /** What a gate says. */
  enum Verdict {
    /** Not enough ended to say. */
    WAIT,
    /** The next group may start. */
    PASS,
    /** The job must stop. */
    FAIL
  }

  private static final Gate STRICT = Gate.newBuilder().setSuccessPercent(100).build();

  private Gates() {}

  /**
   * Returns the gate of a group with its defaults: a group that others follow and that names none
   * must succeed wholly; where only the success is given, failures may take what it leaves.
   *
   * @return the default instance where the group has no gate
   */
  static Gate of(List<GroupSpec> groups, int index) {
    if (groups.isEmpty() || !groups.get(index).hasGate()) {
      return index < groups.size() - 1 ? STRICT : Gate.getDefaultInstance();
    }
    Gate gate = groups.get(index).getGate();
    boolean onlySuccess = gate.getSuccessPercent() > 0 && gate.getFailurePercent() == 0;
    return onlySuccess
        ? gate.toBuilder().setFailurePercent(100 - gate.getSuccessPercent()).build()
        : gate;
  }

  static Verdict judge(Group group) {
    if (group.getTargets() == 0) {
      return Verdict.PASS;
    }
    long ended = ended(group);
    if (!group.hasGate()) {
      return ended == group.getTargets() ? Verdict.PASS : Verdict.WAIT;
    }
    if (hasFailed(group)) {
      return Verdict.FAIL;
    }
    if (ended == 0 || ended < needed(group)) {
      return Verdict.WAIT;
    }
    if (group.getSucceeded() * 100L >= group.getGate().getSuccessPercent() * ended) {
      return Verdict.PASS;
    }
    return ended == group.getTargets() ? Verdict.FAIL : Verdict.WAIT;
  }

  /**
   * Returns whether more failed than may, also after the gate had passed. Where all must end before
   * the gate is asked, it says so as soon as no end can change it.
   */
  static boolean hasFailed(Group group) {
    if (!group.hasGate()) {
      return false;
    }
    long ended = ended(group);
    boolean all = needed(group) == group.getTargets();
    if (ended == 0 || (ended < needed(group) && !all)) {
      return false;
    }
    long of = all ? group.getTargets() : ended;
    return failed(group) * 100 > group.getGate().getFailurePercent() * of;
  }

  static long ended(Group group) {
    return (long) group.getSucceeded() + group.getCancelled() + failed(group);
  }

  /** Returns how many did not succeed and were not called off. */
  static long failed(Group group) {
    return (long) group.getFailed()
        + group.getRejected()
        + group.getUnknown()
        + group.getUnreachable();
  }

  static long needed(Group group) {
    int minimum = group.getGate().getMinimumEnded();
    return minimum == 0 ? group.getTargets() : Math.min(minimum, group.getTargets());
  }
}
