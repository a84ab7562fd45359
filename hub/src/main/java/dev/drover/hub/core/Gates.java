package dev.drover.hub.core;

import dev.drover.v1.Gate;
import dev.drover.v1.Group;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import dev.drover.v1.HealthTally;
import dev.drover.v1.Unreachable;
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
   * must succeed wholly; where no failures are given they may take what the successes leave.
   *
   * @return the default instance where the group has no gate
   */
  static Gate of(List<GroupSpec> groups, int index) {
    if (groups.isEmpty() || !groups.get(index).hasGate()) {
      return index < groups.size() - 1 ? STRICT : Gate.getDefaultInstance();
    }
    Gate gate = groups.get(index).getGate();
    return gate.hasFailurePercent()
        ? gate
        : gate.toBuilder().setFailurePercent(100 - gate.getSuccessPercent()).build();
  }

  /**
   * Judges a group.
   *
   * @param closed nothing more will be reported, because the group's deadline passed
   */
  static Verdict judge(Group group, boolean closed) {
    if (group.getTargets() == 0) {
      return Verdict.PASS;
    }
    boolean all = settled(group) == group.getTargets();
    if (!group.hasGate()) {
      return all ? Verdict.PASS : Verdict.WAIT;
    }
    if (hasFailed(group)) {
      return Verdict.FAIL;
    }
    long ended = ended(group);
    boolean enough = ended > 0 && ended >= needed(group);
    boolean good = group.getSucceeded() * 100L >= group.getGate().getSuccessPercent() * ended;
    if (!enough || !good) {
      return all ? Verdict.FAIL : Verdict.WAIT;
    }
    for (int i = 0; i < group.getGate().getHealthCount(); i++) {
      if (!told(group, i)) {
        boolean never = group.getGate().getHealth(i).getFigure() != HealthFigure.CRASHES;
        return closed || (all && never) ? Verdict.FAIL : Verdict.WAIT;
      }
    }
    return Verdict.PASS;
  }

  /**
   * Returns whether more failed than may, also after the gate had passed. Where all must end before
   * the gate is asked, it says so as soon as no end can change it.
   */
  static boolean hasFailed(Group group) {
    return group.hasGate() && (tooManyFailed(group) || failedHealth(group) >= 0);
  }

  static boolean tooManyFailed(Group group) {
    long ended = ended(group);
    boolean all = group.getGate().getMinimumEnded() == 0;
    boolean whole = all || needed(group) == group.getTargets();
    if (ended == 0 || (ended < needed(group) && !whole)) {
      return false;
    }
    long of = whole ? known(group) : ended;
    return failed(group) * 100 > group.getGate().getFailurePercent() * of;
  }

  /** Returns the check of the gate that too many devices do not keep to, or -1. */
  static int failedHealth(Group group) {
    for (int i = 0; i < group.getGate().getHealthCount(); i++) {
      HealthTally tally = tally(group, i);
      long missed = (long) tally.getReported() - tally.getKept();
      long may = 100L - percent(group.getGate().getHealth(i));
      boolean certain = missed * 100 > may * known(group);
      boolean judged = ended(group) >= needed(group) && told(group, i);
      if (missed > 0 && (certain || (judged && missed * 100 > may * tally.getReported()))) {
        return i;
      }
    }
    return -1;
  }

  /** Returns whether enough devices reported a figure for it to be judged. */
  static boolean told(Group group, int check) {
    int minimum = group.getGate().getHealth(check).getDevicesMinimum();
    int needed = minimum == 0 ? group.getSucceeded() : Math.min(minimum, group.getTargets());
    int reported = tally(group, check).getReported();
    return reported > 0 && reported >= needed;
  }

  static int percent(HealthCheck check) {
    return check.getDevicesPercent() == 0 ? 100 : check.getDevicesPercent();
  }

  private static HealthTally tally(Group group, int check) {
    return check < group.getHealthCount()
        ? group.getHealth(check)
        : HealthTally.getDefaultInstance();
  }

  /** Returns how many ended, as the gate counts them. */
  static long ended(Group group) {
    return settled(group) - ignored(group);
  }

  /** Returns how many targets the gate counts at most. */
  private static long known(Group group) {
    return group.getTargets() - ignored(group);
  }

  /** Returns how many ended for good, whatever the gate makes of them. */
  static long settled(Group group) {
    return (long) group.getSucceeded()
        + group.getCancelled()
        + group.getFailed()
        + group.getRejected()
        + group.getTimedOut()
        + group.getUnknown()
        + group.getUnreachable();
  }

  /** Returns how many did not succeed and were not called off, as the gate counts them. */
  static long failed(Group group) {
    return settled(group) - group.getSucceeded() - group.getCancelled() - ignored(group);
  }

  private static long ignored(Group group) {
    boolean ignores = group.getGate().getUnreachable() == Unreachable.UNREACHABLE_IGNORED;
    return ignores ? group.getUnreachable() : 0;
  }

  /** Returns how many must end before the gate is asked. */
  static long needed(Group group) {
    int minimum = group.getGate().getMinimumEnded();
    return minimum == 0 ? known(group) : Math.min(minimum, group.getTargets());
  }
}
