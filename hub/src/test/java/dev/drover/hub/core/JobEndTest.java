package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.JobEnvelope;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Group;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.HubAction;
import dev.drover.v1.JobState;
import dev.drover.v1.RetrySpec;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobEndTest extends JobFixture {
  @Test
  void failedGate_takesBackWhatDidNotStart_andLetsTheRestEnd() {
    run(
        spec()
            .setConcurrency(2)
            .addGroups(GroupSpec.newBuilder().setCount(3))
            .addGroups(GroupSpec.getDefaultInstance()),
        6);
    end(1, ExecutionState.FAILED);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertEquals(List.of(HubAction.JOB_CREATED, HubAction.JOB_STOPPED_BY_RULE), told());
    assertEquals(List.of("j1-2"), cancelled());
    assertFalse(sent.get(sent.size() - 1).getCancel().getStopRunning());
    assertEquals(List.of(1, 2), granted());
    end(2, ExecutionState.SUCCEEDED);
    assertEquals(1, group(0).getSucceeded());
    assertEquals(0, group(0).getInFlight());
    assertEquals(
        "Group 1 of 2 failed its gate: 1 of 1 failed, more than 0% may. Devices of later groups"
            + " were not touched.",
        job().getCause());
  }

  @Test
  void retries_waitForTheirBackoff_andKeepTheirSlot() {
    run(
        spec()
            .setConcurrency(1)
            .setRetry(RetrySpec.newBuilder().setAttempts(2).setBackoffSeconds(9)),
        2);
    end(1, ExecutionState.FAILED);
    assertEquals(List.of(1), granted(), "a failure that is not final makes room for nobody");
    assertEquals(NOW + 9_000, rows.timers.get("retry"));
    assertTrue(job().getCause().contains(", 1 wait for their next attempt"), job().getCause());
    send(of(JobMachine.Event.RETRY), NOW + 9_000);
    assertEquals(List.of(1, 1), granted());
    assertEquals(2, sent.get(1).getGrant().getLease().getAttempt());
    send(ended(1, 2, ExecutionState.FAILED), NOW + 11_000);
    assertEquals(List.of(1, 1, 2), granted());
    send(ended(2, 1, ExecutionState.SUCCEEDED), NOW + 11_500);
    assertEquals(JobState.JOB_SUCCEEDED_WITH_FAILURES, job().getState());
    assertEquals(2, group(0).getGranted());
  }

  @Test
  void whatMayNotBeRepeated_isNotRetried() {
    RetrySpec.Builder retry = RetrySpec.newBuilder().setAttempts(5);
    run(spec().setRetry(retry), 6);
    end(1, ExecutionState.OUTCOME_UNKNOWN);
    end(2, ExecutionState.CANCELLED);
    JobEnvelope.Builder risky = ended(3, 1, ExecutionState.UNREACHABLE);
    risky.getEndedBuilder().setRisky(true);
    send(risky, NOW);
    JobEnvelope.Builder revoked = ended(4, 1, ExecutionState.UNREACHABLE);
    revoked.getEndedBuilder().setError(ErrorCode.CERTIFICATE_REVOKED.number());
    send(revoked, NOW);
    JobEnvelope.Builder denied = ended(5, 1, ExecutionState.REJECTED);
    denied.getEndedBuilder().setError(ErrorCode.QUESTION_NOT_SIGNED.number());
    send(denied, NOW);
    assertEquals(6, granted().size());
    end(6, ExecutionState.UNREACHABLE);
    assertEquals(JobState.JOB_RUNNING, job().getState());
    Group group = group(0);
    assertEquals(1, group.getUnknown());
    assertEquals(1, group.getCancelled());
    assertEquals(2, group.getUnreachable());
    assertEquals(1, group.getRejected());
  }

  @Test
  void cancel_endsWaitingRetries_asTheyEnded() {
    run(spec().setRetry(RetrySpec.newBuilder().setAttempts(3).setBackoffSeconds(60)), 3);
    end(1, ExecutionState.FAILED);
    end(2, ExecutionState.UNREACHABLE);
    send(of(JobMachine.Event.CANCEL), NOW + 1);
    assertEquals(1, group(0).getFailed());
    assertEquals(1, group(0).getUnreachable());
    assertEquals(List.of("j1-3"), cancelled());
    assertTrue(rows.scan(JobRows.RETRY, 10).isEmpty());
    assertFalse(rows.timers.containsKey("deadline"));
    send(of(JobMachine.Event.RETRY), NOW + 60_000);
    assertEquals(3, granted().size());
  }

  @Test
  void cancel_ofManyExecutions_isCutIntoSteps() {
    run(spec().setConcurrency(2000), 1700);
    send(of(JobMachine.Event.CANCEL), NOW);
    assertEquals(1700, cancelled().size());
    assertEquals(1700, cancelled().stream().distinct().count());
  }

  @Test
  void deadline_expiresTheJob_andSaysHowFarItCame() {
    run(spec(), 4);
    end(1, ExecutionState.SUCCEEDED);
    assertEquals(NOW + 600_000, rows.timers.get("deadline"));
    send(of(JobMachine.Event.DEADLINE), NOW + 600_000);
    assertEquals(JobState.JOB_EXPIRED, job().getState());
    assertEquals(3, cancelled().size());
    assertTrue(sent.get(sent.size() - 1).getCancel().getStopRunning());
    assertTrue(job().getCause().contains("1 of 4"), job().getCause());
    assertEquals(NOW + 600_000, job().getEndedMs());
  }

  @Test
  void buildThatNeverEnds_isGivenUp() {
    send(creation(spec(), 2), NOW);
    assertEquals(NOW + JobMachine.BUILD_MS, rows.timers.get("build"));
    send(of(JobMachine.Event.BUILD_EXPIRED), NOW + JobMachine.BUILD_MS);
    assertEquals(JobState.JOB_FAILED, job().getState());
    assertEquals(JobCauses.NOT_BUILT, job().getCause());
  }

  @Test
  void lateTruth_movesTheCount_andDecidesNothingAnew() {
    run(spec(), 2);
    end(1, ExecutionState.UNREACHABLE);
    end(2, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_SUCCEEDED_WITH_FAILURES, job().getState());
    JobEnvelope.Builder late = ended(1, 1, ExecutionState.SUCCEEDED);
    late.getEndedBuilder().setLate(true);
    send(late, NOW + 5);
    send(late, NOW + 6);
    assertEquals(2, group(0).getSucceeded());
    assertEquals(0, group(0).getUnreachable());
    assertEquals(JobState.JOB_SUCCEEDED_WITH_FAILURES, job().getState());
    assertEquals(
        "1 of 2 executions succeeded; the others say why not."
            + " Devices have spoken since; the groups say what is known now.",
        job().getCause());
  }
}
