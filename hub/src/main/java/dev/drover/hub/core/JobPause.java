package dev.drover.hub.core;

import dev.drover.hub.v1.ChangeJob;
import dev.drover.v1.HubAction;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/** The part of a {@link JobMachine} that pauses a job and goes on with it. Pure. */
final class JobPause {
  private JobPause() {}

  static void byOperator(JobChange change, ChangeJob pause) {
    boolean again = change.state() == JobMachine.State.PAUSED;
    change.move(JobMachine.Event.PAUSE, JobMachine.State.PAUSED);
    if (again) {
      return;
    }
    change.row.setPausedByRule(false);
    change.row.setStopCause(
        "Paused by " + pause.getOperator() + JobCauses.reason(pause.getReason()));
    begin(change);
    change.state(HubAction.JOB_PAUSED_BY, pause.getOperator(), pause.getRequestSha256());
  }

  /** Takes back what no device has started. */
  static void begin(JobChange change) {
    change.row.setPausedMs(change.nowMs).setRetryTimerMs(0).setRateTimerMs(0);
    change.step.cancelTimer(JobGrants.RETRY_TIMER);
    change.step.cancelTimer(JobRate.TIMER);
    JobStop.sweepPaused(change);
  }

  static void resume(JobChange change, ChangeJob resume) {
    if (change.state() != JobMachine.State.PAUSED) {
      change.move(JobMachine.Event.RESUME, JobMachine.State.RUNNING);
      return;
    }
    JobRules.Stop stop = JobRules.judge(change);
    if (stop != null) {
      change.refuse(
          HubAction.JOB_RESUMED_BY,
          resume.getOperator(),
          resume.getRequestSha256(),
          new DroverException(ErrorCode.ILLEGAL_TRANSITION, stop.cause())
              .withNextStep(
                  "While that holds the job stays paused; " + JobCauses.instead(change) + "."));
      return;
    }
    JobProgress.putOff(change, change.nowMs - change.row.getPausedMs());
    change.row.setPausedMs(0).setPausedByRule(false).setStopCause("");
    change.state(HubAction.JOB_RESUMED_BY, resume.getOperator(), resume.getRequestSha256());
    JobProgress.goOn(change, JobMachine.Event.RESUME);
  }
}
