package dev.drover.hub.core;

import dev.drover.hub.v1.GroupRow;
import dev.drover.v1.AbortRule;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.StopAction;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Asks every gate and abort rule of a job whether it must stop. Counts only, no division. Pure. */
final class JobRules {
  /**
   * Why a job must stop.
   *
   * @param action what to do
   * @param group whose gate failed, or -1 for a rule of the whole job
   * @param cause in words
   */
  record Stop(StopAction action, int group, String cause) {}

  private JobRules() {}

  /**
   * Returns the reason to stop that goes furthest, of several the first, or null where there is
   * none: a pause that still holds does not hide a rule or gate that would end the job.
   */
  static @Nullable Stop judge(JobChange change) {
    JobCounts counts = change.forward();
    Stop worst = null;
    for (AbortRule rule : change.spec().getAbortRulesList()) {
      if (holds(rule, counts)) {
        worst = further(worst, new Stop(rule.getAction(), -1, cause(rule, counts)));
      }
    }
    for (int i = 0; i < change.groups.size(); i++) {
      Group group = change.groups.get(i).getGroup();
      boolean closed = change.groups.get(i).getClosed();
      boolean open = isAsked(change, i);
      boolean fails =
          group.getState() != GroupState.GROUP_WAITING
              && !group.getRollback()
              && (Gates.hasFailed(group)
                  || (open && Gates.judge(group, closed) == Gates.Verdict.FAIL));
      if (fails) {
        String cause = JobCauses.gateFailed(change, i, closed);
        worst = further(worst, new Stop(group.getGate().getOnFailure(), i, cause));
      }
    }
    return worst;
  }

  private static Stop further(@Nullable Stop one, Stop other) {
    return one == null || reach(other.action()) > reach(one.action()) ? other : one;
  }

  private static int reach(StopAction action) {
    return switch (action) {
      case PAUSE -> 0;
      case ABORT, UNRECOGNIZED -> 1;
      case ROLL_BACK -> 2;
    };
  }

  /** Whether the gate of a group decides now; while the group soaks only failures can. */
  private static boolean isAsked(JobChange change, int group) {
    GroupRow.Builder row = change.groups.get(group);
    return switch (row.getGroup().getState()) {
      case GROUP_RUNNING -> true;
      case GROUP_SOAKING -> change.nowMs >= row.getSoakUntilMs();
      default -> false;
    };
  }

  static boolean holds(AbortRule rule, JobCounts counts) {
    long minimum = Math.max(1, rule.getMinimumEnded());
    long failures = counts.failures(rule.getFailure());
    return counts.ended() >= minimum
        && failures * 10_000 >= (long) rule.getThreshold() * counts.ended();
  }

  private static String cause(AbortRule rule, JobCounts counts) {
    String kind =
        switch (rule.getFailure()) {
          case FAILURE_REJECTED -> "were rejected";
          case FAILURE_TIMED_OUT -> "timed out";
          case FAILURE_UNREACHABLE -> "gave no word";
          case FAILURE_UNKNOWN -> "ended in a way that nobody knows";
          case ANY_FAILURE, FAILURE_FAILED, UNRECOGNIZED -> "failed";
        };
    return String.format(
        Locale.ROOT,
        "An abort rule holds: %d of %d that ended %s; the rule acts at %d.%02d%%.",
        counts.failures(rule.getFailure()),
        counts.ended(),
        kind,
        rule.getThreshold() / 100,
        rule.getThreshold() % 100);
  }
}
