package dev.drover.hub.core;

import dev.drover.hub.v1.GroupRow;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.JobWait;

/** Says what would move a job on next. Pure. */
final class JobWaits {
  private JobWaits() {}

  static JobWait of(JobChange change) {
    return switch (change.state()) {
      case SCHEDULED ->
          change.row.getBuilt() ? JobWait.JOB_WAITS_FOR_START : JobWait.JOB_WAITS_FOR_TARGETS;
      case WAITING_FOR_APPROVAL -> JobWait.JOB_WAITS_FOR_APPROVAL;
      case PAUSED -> JobWait.JOB_WAITS_FOR_OPERATOR;
      case RUNNING -> running(change);
      case ROLLING_BACK ->
          change.row.getInFlight() == 0 && change.row.getRetriesWaiting() > 0
              ? JobWait.JOB_WAITS_FOR_RETRY
              : JobWait.JOB_WAITS_FOR_EXECUTIONS;
      default -> JobWait.JOB_WAIT_UNSPECIFIED;
    };
  }

  private static JobWait running(JobChange change) {
    if (change.row.getRateTimerMs() > change.nowMs) {
      return JobWait.JOB_WAITS_FOR_RATE;
    }
    if (change.row.getInFlight() > 0) {
      return JobWait.JOB_WAITS_FOR_EXECUTIONS;
    }
    if (change.row.getRetriesWaiting() > 0) {
      return JobWait.JOB_WAITS_FOR_RETRY;
    }
    Group group = present(change).getGroup();
    if (group.getState() == GroupState.GROUP_SOAKING) {
      return JobWait.JOB_WAITS_FOR_SOAK;
    }
    if (Gates.settled(group) < group.getTargets()) {
      return JobWait.JOB_WAITS_FOR_EXECUTIONS;
    }
    return change.row.getContinuous() && change.row.getGroup() >= change.groups.size() - 1
        ? JobWait.JOB_WAITS_FOR_LATE_JOINERS
        : JobWait.JOB_WAITS_FOR_HEALTH;
  }

  /** Returns the first group that has not passed, or the last one. */
  static GroupRow.Builder present(JobChange change) {
    return change.groups.get(Math.min(change.row.getGroup(), change.groups.size() - 1));
  }
}
