package dev.drover.deploy.sim;

import dev.drover.v1.AbortRule;
import dev.drover.v1.FailureKind;
import dev.drover.v1.Gate;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthTally;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.Unreachable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Holds one job that goes on against the rules, gates and soaks that its author asked for, by the
 * hub's own counts. Whether the counts are true is for {@link GateCheck} and for the end.
 */
final class RuleCheck {
  static final String RULES = "a job goes on only while none of its abort rules holds";
  static final String FAILURES = "a job goes on only while no group of it failed more than it may";
  static final String FIGURES = "a group passes only with figures that enough devices keep to";
  static final String SOAKED = "a group passes only after it was watched as long as was asked";

  private final Invariants invariants;
  private final JobSpec spec;

  /** By group, an engine time before its soak began. */
  private final Map<Integer, Long> soaksFrom = new HashMap<>();

  private final Set<Integer> passed = new HashSet<>();

  RuleCheck(Invariants invariants, JobSpec spec) {
    this.invariants = invariants;
    this.spec = spec;
  }

  /** How the targets of a group ended, as its gate counts them. */
  private record Tally(long targets, long ended, long failed) {
    static Tally of(Group group, Gate gate) {
      boolean ignores = gate.getUnreachable() == Unreachable.UNREACHABLE_IGNORED;
      long silent = ignores ? 0 : group.getUnreachable();
      long failed = failures(group, FailureKind.ANY_FAILURE) - group.getUnreachable() + silent;
      long ended = failed + group.getSucceeded() + group.getCancelled();
      return new Tally(group.getTargets() - (ignores ? group.getUnreachable() : 0), ended, failed);
    }
  }

  /**
   * Checks the job after a change.
   *
   * @param beforeMs engine time at which the hub was looked at before
   * @param nowMs engine time
   */
  void check(Job job, long beforeMs, long nowMs) {
    for (int i = 0; i < spec.getGroupsCount(); i++) {
      soak(job, i, beforeMs, nowMs);
    }
    if (job.getState() != JobState.JOB_RUNNING) {
      return;
    }
    spec.getAbortRulesList().forEach(rule -> rule(job, rule));
    for (int i = 0; i < spec.getGroupsCount(); i++) {
      Group group = job.getGroups(i);
      if (group.getState() != GroupState.GROUP_WAITING) {
        failures(job, i);
      }
      if (group.getState() == GroupState.GROUP_PASSED && group.getTargets() > 0) {
        figures(job, i);
      }
    }
  }

  private void rule(Job job, AbortRule rule) {
    long failures = 0;
    long ended = 0;
    for (Group group : job.getGroupsList()) {
      if (!group.getRollback()) {
        failures += failures(group, rule.getFailure());
        ended +=
            failures(group, FailureKind.ANY_FAILURE) + group.getSucceeded() + group.getCancelled();
      }
    }
    boolean some = ended > 0 && ended >= rule.getMinimumEnded();
    if (some && failures * 10_000 >= rule.getThreshold() * ended) {
      fail(RULES, "%s goes on with %d failures of %d that ended.", job, failures, ended);
    }
  }

  private static long failures(Group group, FailureKind kind) {
    return switch (kind) {
      case FAILURE_FAILED -> group.getFailed();
      case FAILURE_REJECTED -> group.getRejected();
      case FAILURE_TIMED_OUT -> group.getTimedOut();
      case FAILURE_UNREACHABLE -> group.getUnreachable();
      case FAILURE_UNKNOWN -> group.getUnknown();
      case ANY_FAILURE, UNRECOGNIZED ->
          (long) group.getFailed()
              + group.getRejected()
              + group.getTimedOut()
              + group.getUnreachable()
              + group.getUnknown();
    };
  }

  private void failures(Job job, int index) {
    boolean gated = spec.getGroups(index).hasGate();
    if (!gated && index == spec.getGroupsCount() - 1) {
      return;
    }
    Gate gate = spec.getGroups(index).getGate();
    int left = gated ? 100 - gate.getSuccessPercent() : 0;
    int may = gate.hasFailurePercent() ? gate.getFailurePercent() : left;
    Tally tally = Tally.of(job.getGroups(index), gate);
    boolean whole =
        gate.getMinimumEnded() == 0 || gate.getMinimumEnded() >= job.getGroups(index).getTargets();
    boolean asked = whole || tally.ended() >= gate.getMinimumEnded();
    long of = whole ? tally.targets() : tally.ended();
    if (asked && tally.failed() * 100 > may * of) {
      fail(FAILURES, "%s goes on with %d failures of %d in a group.", job, tally.failed(), of);
    }
  }

  private void figures(Job job, int index) {
    Group group = job.getGroups(index);
    Gate gate = spec.getGroups(index).getGate();
    for (int i = 0; i < gate.getHealthCount(); i++) {
      HealthCheck check = gate.getHealth(i);
      HealthTally tally =
          i < group.getHealthCount() ? group.getHealth(i) : HealthTally.getDefaultInstance();
      int percent = check.getDevicesPercent() == 0 ? 100 : check.getDevicesPercent();
      int needed = Math.max(1, Math.min(check.getDevicesMinimum(), group.getTargets()));
      if (tally.getReported() < needed
          || tally.getKept() * 100L < (long) percent * tally.getReported()) {
        fail(
            FIGURES,
            "%s went on with %d devices of %d that told keeping to a figure.",
            job,
            tally.getKept(),
            tally.getReported());
      }
    }
  }

  private void soak(Job job, int index, long beforeMs, long nowMs) {
    Group group = job.getGroups(index);
    long soakMs = spec.getGroups(index).getGate().getSoakSeconds() * 1000;
    switch (group.getState()) {
      case GROUP_SOAKING -> soaksFrom.putIfAbsent(index, beforeMs);
      case GROUP_RUNNING -> soaksFrom.remove(index);
      case GROUP_PASSED -> {
        long fromMs = soaksFrom.getOrDefault(index, beforeMs);
        if (passed.add(index) && group.getTargets() > 0 && nowMs - fromMs < soakMs) {
          fail(SOAKED, "%s watched a group for %d ms of %d.", job, nowMs - fromMs, soakMs);
        }
      }
      default -> {}
    }
  }

  private void fail(String invariant, String format, Job job, long first, long second) {
    invariants.fail(invariant, String.format(Locale.ROOT, format, job.getJob(), first, second));
  }
}
