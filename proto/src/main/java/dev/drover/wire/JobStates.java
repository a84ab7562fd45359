package dev.drover.wire;

import dev.drover.v1.JobState;

/** What the states of a job say, for hub, command line and tools alike. */
public final class JobStates {
  private JobStates() {}

  /** Returns whether nothing more is granted for a job in this state. */
  public static boolean isTerminal(JobState state) {
    return switch (state) {
      case JOB_SUCCEEDED,
          JOB_SUCCEEDED_WITH_FAILURES,
          JOB_FAILED,
          JOB_ABORTED,
          JOB_CANCELLED,
          JOB_EXPIRED,
          JOB_ROLLED_BACK ->
          true;
      default -> false;
    };
  }
}
