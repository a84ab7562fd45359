package dev.drover.hub.core;

import dev.drover.hub.v1.GroupRow;
import dev.drover.v1.FailureKind;
import dev.drover.v1.Group;
import java.util.List;

/**
 * How many targets some groups of a job have, and how they ended.
 *
 * @param targets of these groups
 * @param succeeded ended well
 * @param failed ended badly
 * @param rejected were refused before anything was started
 * @param timedOut did not get on in time
 * @param unreachable gave no word
 * @param unknown cannot say what happened
 * @param cancelled were taken back
 * @param inFlight are granted and not known to have ended
 */
record JobCounts(
    long targets,
    long succeeded,
    long failed,
    long rejected,
    long timedOut,
    long unreachable,
    long unknown,
    long cancelled,
    long inFlight) {
  /** Adds the groups up that are roll-backs, or those that are not. */
  static JobCounts of(List<GroupRow.Builder> groups, boolean rollback) {
    long[] sums = new long[9];
    for (GroupRow.Builder row : groups) {
      Group group = row.getGroup();
      if (group.getRollback() == rollback) {
        sums[0] += group.getTargets();
        sums[1] += group.getSucceeded();
        sums[2] += group.getFailed();
        sums[3] += group.getRejected();
        sums[4] += group.getTimedOut();
        sums[5] += group.getUnreachable();
        sums[6] += group.getUnknown();
        sums[7] += group.getCancelled();
        sums[8] += group.getInFlight();
      }
    }
    return new JobCounts(
        sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7], sums[8]);
  }

  /** Returns how many ended for good. */
  long ended() {
    return succeeded + cancelled + failures(FailureKind.ANY_FAILURE);
  }

  /** Returns how many failed in this way. */
  long failures(FailureKind kind) {
    return switch (kind) {
      case FAILURE_FAILED -> failed;
      case FAILURE_REJECTED -> rejected;
      case FAILURE_TIMED_OUT -> timedOut;
      case FAILURE_UNREACHABLE -> unreachable;
      case FAILURE_UNKNOWN -> unknown;
      case ANY_FAILURE, UNRECOGNIZED -> failed + rejected + timedOut + unreachable + unknown;
    };
  }
}
