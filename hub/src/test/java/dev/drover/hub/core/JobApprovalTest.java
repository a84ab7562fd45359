package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.machine.Refusal;
import dev.drover.v1.Approval;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubStatement;
import dev.drover.v1.JobState;
import dev.drover.v1.JobWait;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobApprovalTest extends JobFixture {
  private Refusal judged(boolean approve, String operator) {
    Refusal refusal = send(judge(approve, operator, job().getSpecSha256()), NOW + 1).refusal();
    return refusal == null ? new Refusal(ErrorCode.INTERNAL, "accepted") : refusal;
  }

  @Test
  void approvals_startTheJob_onlyWhenEnoughOthersGaveThem() {
    run(spec().setApprovals(2), 2);
    assertEquals(JobState.JOB_WAITING_FOR_APPROVAL, job().getState());
    assertEquals(JobWait.JOB_WAITS_FOR_APPROVAL, job().getWaitsFor());
    assertEquals(
        "0 of 2 approvals given. Starts when 2 more approvers, but not anna, approve it.",
        job().getCause());
    judged(true, "bert");
    judged(true, "bert");
    assertEquals(JobState.JOB_WAITING_FOR_APPROVAL, job().getState(), "each counts once");
    assertEquals(List.of(), granted());
    judged(true, "cleo");
    assertEquals(JobState.JOB_RUNNING, job().getState());
    assertEquals(List.of(1, 2), granted());
    assertEquals(
        List.of("bert", "cleo"),
        job().getApprovalsList().stream().map(Approval::getOperator).toList());
    assertEquals(
        List.of(HubAction.JOB_CREATED, HubAction.JOB_APPROVED_BY, HubAction.JOB_APPROVED_BY),
        told());
    DroverException over = assertThrows(DroverException.class, () -> judged(true, "dora"));
    assertEquals(ErrorCode.ILLEGAL_TRANSITION, over.code());
  }

  @Test
  void author_neitherApprovesNorDenies_andTheAttemptIsRecorded() {
    run(spec().setApprovals(1), 1);
    for (boolean approve : new boolean[] {true, false}) {
      Refusal refusal = judged(approve, "anna");
      assertEquals(ErrorCode.PERMISSION_DENIED, refusal.code());
      assertTrue(
          refusal.nextStep().startsWith("Ask another operator with the role approver;"),
          refusal.nextStep());
    }
    assertEquals(JobState.JOB_WAITING_FOR_APPROVAL, job().getState());
    assertEquals(0, job().getApprovalsCount());
    HubStatement tried = statements.get(1);
    assertEquals("anna", tried.getOperator());
    assertEquals(HubAction.JOB_APPROVED_BY, tried.getAction());
    assertEquals(ErrorCode.PERMISSION_DENIED.number(), tried.getError());
  }

  @Test
  void approval_ofAnotherSpecification_isRefused() {
    run(spec().setApprovals(1), 1);
    JobEnvelope.Builder other = judge(true, "bert", ByteString.copyFromUtf8("x"));
    Refusal refusal = send(other, NOW).refusal();
    assertTrue(refusal != null && refusal.code() == ErrorCode.INVALID_ARGUMENT);
    assertEquals("Read it again: drover job show j1 --json", refusal.nextStep());
    assertEquals(JobState.JOB_WAITING_FOR_APPROVAL, job().getState());
    assertEquals(32, job().getSpecSha256().size());
  }

  @Test
  void denial_abortsTheJob() {
    run(spec().setApprovals(2), 1);
    judged(true, "bert");
    judged(false, "cleo");
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertEquals("Denied by cleo. No device was granted anything.", job().getCause());
    assertEquals(List.of(), granted());
    assertEquals(HubAction.JOB_DENIED_BY, told().get(2));
    assertThrows(DroverException.class, () -> judged(true, "dora"));
  }

  @Test
  void approvalThatNeverComes_expires() {
    run(spec().setApprovals(1), 1);
    send(of(JobMachine.Event.DEADLINE), NOW + 600_000);
    assertEquals(JobState.JOB_EXPIRED, job().getState());
  }

  @Test
  void start_isWaitedFor_beforeAndAfterApproval() {
    run(spec().setApprovals(1).setStartMs(NOW + 60_000), 1);
    judged(true, "bert");
    assertEquals(JobState.JOB_SCHEDULED, job().getState());
    assertEquals(JobWait.JOB_WAITS_FOR_START, job().getWaitsFor());
    assertEquals("Starts at 1970-01-01T00:17:40Z.", job().getCause());
    assertEquals(NOW + 60_000, rows.timers.get("start"));
    assertEquals(List.of(), granted());
    send(of(JobMachine.Event.START), NOW + 60_000);
    assertEquals(List.of(1), granted());
    JobApprovalTest late = new JobApprovalTest();
    late.run(spec().setApprovals(1).setStartMs(NOW), 1);
    late.judged(true, "bert");
    assertEquals(List.of(1), late.granted());
  }
}
