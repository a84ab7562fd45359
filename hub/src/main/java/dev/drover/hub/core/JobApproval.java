package dev.drover.hub.core;

import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.JudgeJob;
import dev.drover.hub.v1.StartDue;
import dev.drover.v1.Approval;
import dev.drover.v1.HubAction;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import org.jspecify.annotations.Nullable;

/** The part of a {@link JobMachine} between its creation and its first grant. Pure. */
final class JobApproval {
  private static final String START_TIMER = "start";

  private JobApproval() {}

  /** Goes as far as approvals and start allow. */
  static void begin(JobChange change, JobMachine.Event event) {
    if (change.row.getApprovalsCount() < change.spec().getApprovals()) {
      change.move(event, JobMachine.State.WAITING_FOR_APPROVAL);
    } else if (change.nowMs < change.row.getStartMs()) {
      change.move(event, JobMachine.State.SCHEDULED);
      change.timer(
          START_TIMER,
          change.row.getStartMs(),
          JobEnvelope.newBuilder().setStart(StartDue.getDefaultInstance()));
    } else {
      change.move(event, JobMachine.State.RUNNING);
      JobProgress.start(change);
    }
  }

  static void started(JobChange change) {
    if (change.row.getBuilt()) {
      change.move(JobMachine.Event.START, JobMachine.State.RUNNING);
      JobProgress.start(change);
    }
  }

  static void approve(JobChange change, JudgeJob judge) {
    change.move(JobMachine.Event.APPROVE, change.state());
    DroverException refusal = refusal(change, judge);
    if (refusal != null) {
      change.refuse(
          HubAction.JOB_APPROVED_BY, judge.getOperator(), judge.getRequestSha256(), refusal);
      return;
    }
    boolean again =
        change.row.getApprovalsList().stream()
            .anyMatch(before -> before.getOperator().equals(judge.getOperator()));
    if (again) {
      return;
    }
    change.row.addApprovals(approval(change, judge, true));
    change.state(HubAction.JOB_APPROVED_BY, judge.getOperator(), judge.getRequestSha256());
    begin(change, JobMachine.Event.APPROVE);
  }

  static void deny(JobChange change, JudgeJob judge) {
    JobMachine.TABLE.move(change.state(), JobMachine.Event.DENY, JobMachine.State.ABORTED);
    DroverException refusal = refusal(change, judge);
    if (refusal != null) {
      change.refuse(
          HubAction.JOB_DENIED_BY, judge.getOperator(), judge.getRequestSha256(), refusal);
      return;
    }
    change.move(JobMachine.Event.DENY, JobMachine.State.ABORTED);
    change.row.addApprovals(approval(change, judge, false));
    change.state(HubAction.JOB_DENIED_BY, judge.getOperator(), judge.getRequestSha256());
    JobStop.begin(
        change, true, "Denied by " + judge.getOperator() + ". No device was granted anything.");
  }

  private static Approval.Builder approval(JobChange change, JudgeJob judge, boolean approved) {
    return Approval.newBuilder()
        .setOperator(judge.getOperator())
        .setApproved(approved)
        .setTimeMs(change.nowMs);
  }

  private static @Nullable DroverException refusal(JobChange change, JudgeJob judge) {
    if (judge.getOperator().equals(change.row.getCreatedBy())) {
      return new DroverException(
              ErrorCode.PERMISSION_DENIED, "Whoever created a job does not approve or deny it.")
          .withNextStep(
              "Ask another operator with the role approver; an admin adds one with `drover"
                  + " operator add`.");
    }
    if (!judge.getSpecSha256().equals(change.row.getSpecSha256())) {
      return new DroverException(
              ErrorCode.INVALID_ARGUMENT, "The job's specification is not the one that was seen.")
          .withNextStep("Read it again: drover job show " + change.job() + " --json");
    }
    return null;
  }
}
