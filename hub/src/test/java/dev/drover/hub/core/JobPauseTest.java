package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.machine.Refusal;
import dev.drover.machine.Step;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import dev.drover.v1.HubAction;
import dev.drover.v1.JobState;
import dev.drover.v1.JobWait;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.StopAction;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobPauseTest extends JobFixture {
  private void pause() {
    send(of(JobMachine.Event.PAUSE), NOW);
  }

  private Step resume(long nowMs) {
    return send(of(JobMachine.Event.RESUME), nowMs);
  }

  @Test
  void pause_takesBackWhatDidNotStart_andResumeGrantsItAgain() {
    run(spec().setConcurrency(2), 4);
    pause();
    assertEquals(List.of("j1-1", "j1-2"), cancelled());
    assertFalse(sent.get(sent.size() - 1).getCancel().getStopRunning());
    assertEquals(JobState.JOB_PAUSED, job().getState());
    assertEquals(JobWait.JOB_WAITS_FOR_OPERATOR, job().getWaitsFor());
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.CANCELLED);
    assertEquals(1, group(0).getHeld());
    assertEquals(0, group(0).getInFlight());
    assertEquals(0, group(0).getCancelled());
    assertEquals(List.of(1, 2), granted(), "a paused job grants nothing");
    assertEquals("Paused by bert. 1 held. Goes on when an operator resumes it.", job().getCause());
    resume(NOW + 5000);
    assertEquals(List.of(1, 2, 2, 3), granted());
    assertEquals(2, sent.get(sent.size() - 2).getGrant().getLease().getAttempt());
    assertEquals(0, group(0).getHeld());
    assertEquals(3, group(0).getGranted());
    assertEquals(
        List.of(HubAction.JOB_CREATED, HubAction.JOB_PAUSED_BY, HubAction.JOB_RESUMED_BY), told());
    assertEquals("bert", statements.get(1).getOperator());
  }

  @Test
  void held_doesNotUseUpRetries() {
    run(spec().setRetry(RetrySpec.newBuilder().setAttempts(2)), 1);
    for (int attempt = 1; attempt <= 5; attempt++) {
      pause();
      send(ended(1, attempt, ExecutionState.CANCELLED), NOW);
      resume(NOW);
    }
    send(ended(1, 6, ExecutionState.FAILED), NOW);
    assertEquals(JobState.JOB_RUNNING, job().getState());
    send(of(JobMachine.Event.RETRY), NOW);
    send(ended(1, 7, ExecutionState.FAILED), NOW);
    assertEquals(JobState.JOB_FAILED, job().getState());
    assertEquals(7, granted().size());
  }

  @Test
  void held_tooOften_isCalledOff() {
    run(spec(), 1);
    for (int attempt = 1; attempt < JobEnds.ATTEMPT_NUMBER_MAX; attempt++) {
      pause();
      send(ended(1, attempt, ExecutionState.CANCELLED), NOW);
      resume(NOW);
    }
    pause();
    send(ended(1, JobEnds.ATTEMPT_NUMBER_MAX, ExecutionState.CANCELLED), NOW);
    assertEquals(0, group(0).getHeld());
    assertEquals(1, group(0).getCancelled());
  }

  @Test
  void resume_beforeTheDeviceAnswered_holdsAndGrantsAgain() {
    run(spec(), 1);
    pause();
    resume(NOW);
    assertEquals(List.of(1), granted(), "it is still in flight");
    end(1, ExecutionState.CANCELLED);
    assertEquals(List.of(1, 1), granted());
    assertEquals(0, group(0).getCancelled());
  }

  @Test
  void pauseWhileRetriesWait_keepsThem() {
    run(spec().setRetry(RetrySpec.newBuilder().setAttempts(2).setBackoffSeconds(9)), 2);
    end(1, ExecutionState.FAILED);
    pause();
    assertEquals(List.of("j1-2"), cancelled());
    assertFalse(rows.timers.containsKey("retry"));
    send(of(JobMachine.Event.RETRY), NOW + 9_000);
    assertEquals(2, granted().size());
    resume(NOW + 4_000);
    assertEquals(NOW + 9_000, rows.timers.get("retry"));
    send(of(JobMachine.Event.RETRY), NOW + 9_000);
    assertEquals(List.of(1, 2, 1), granted());
  }

  @Test
  void failuresDuringAPause_areTriedAgainAfterIt_oneAfterTheOther() {
    run(spec().setRetry(RetrySpec.newBuilder().setAttempts(3).setBackoffSeconds(9)), 2);
    pause();
    end(1, ExecutionState.FAILED);
    assertFalse(rows.timers.containsKey("retry"), "nothing is tried again in a pause");
    resume(NOW + 20_000);
    assertEquals(List.of(1, 2, 1), granted());
    send(ended(2, 1, ExecutionState.FAILED), NOW + 21_000);
    assertEquals(NOW + 30_000, rows.timers.get("retry"));
  }

  @Test
  void groupDeadline_holdsAfterAPause_whereAllEndedAndFiguresAreMissing() {
    HealthCheck crashes =
        HealthCheck.newBuilder().setFigure(HealthFigure.CRASHES).setLimit(0).build();
    Gate gate =
        Gate.newBuilder().setSuccessPercent(100).setDeadlineSeconds(60).addHealth(crashes).build();
    run(
        install()
            .addGroups(GroupSpec.newBuilder().setCount(1).setGate(gate))
            .addGroups(GroupSpec.getDefaultInstance()),
        2);
    end(1, ExecutionState.SUCCEEDED);
    assertEquals(List.of(1), granted(), "nobody told its crashes");
    send(of(JobMachine.Event.PAUSE), NOW + 50_000);
    send(of(JobMachine.Event.GROUP_DEADLINE), NOW + 60_000);
    resume(NOW + 70_000);
    assertEquals(NOW + 80_000, rows.timers.get("group/0"));
    send(of(JobMachine.Event.GROUP_DEADLINE), NOW + 80_000);
    assertEquals(JobState.JOB_ABORTED, job().getState());
  }

  @Test
  void resume_isRefusedWhileTheGateFails_andWorksWhenTheTruthComesLate() {
    Gate gate = Gate.newBuilder().setSuccessPercent(100).setOnFailure(StopAction.PAUSE).build();
    run(
        spec()
            .addGroups(GroupSpec.newBuilder().setCount(1).setGate(gate))
            .addGroups(GroupSpec.getDefaultInstance()),
        3);
    end(1, ExecutionState.UNREACHABLE);
    assertEquals(JobState.JOB_PAUSED, job().getState());
    assertTrue(
        job().getCause().startsWith("Group 1 of 2 failed its gate: 1 of 1 failed"),
        job().getCause());
    assertTrue(told().contains(HubAction.JOB_STOPPED_BY_RULE));
    Refusal refusal = resume(NOW).refusal();
    assertTrue(refusal != null);
    assertEquals(ErrorCode.ILLEGAL_TRANSITION, refusal.code());
    assertEquals(JobState.JOB_PAUSED, job().getState());
    assertEquals(List.of(1), granted());
    assertEquals(
        ErrorCode.ILLEGAL_TRANSITION.number(), statements.get(statements.size() - 1).getError());
    var late = ended(1, 1, ExecutionState.SUCCEEDED);
    late.getEndedBuilder().setLate(true);
    send(late, NOW + 1);
    assertEquals(JobState.JOB_PAUSED, job().getState(), "only an operator resumes");
    assertEquals(null, resume(NOW + 2).refusal());
    assertEquals(List.of(1, 2, 3), granted());
  }

  @Test
  void pausedJob_isAbortedByAGateThatFails() {
    run(
        spec()
            .setConcurrency(1)
            .addGroups(GroupSpec.newBuilder().setCount(2))
            .addGroups(GroupSpec.getDefaultInstance()),
        4);
    pause();
    end(1, ExecutionState.FAILED);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertEquals(List.of(1), granted());
  }

  @Test
  void everythingEnded_whilePaused_isDoneAtResume() {
    run(spec(), 1);
    pause();
    end(1, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_PAUSED, job().getState());
    resume(NOW);
    assertEquals(JobState.JOB_SUCCEEDED, job().getState());
  }

  @Test
  void soakAndGroupDeadline_doNotRunOutDuringAPause() {
    Gate gate =
        Gate.newBuilder().setSuccessPercent(50).setSoakSeconds(10).setDeadlineSeconds(60).build();
    run(
        spec()
            .addGroups(GroupSpec.newBuilder().setCount(2).setGate(gate))
            .addGroups(GroupSpec.getDefaultInstance()),
        3);
    pause();
    end(1, ExecutionState.SUCCEEDED);
    send(of(JobMachine.Event.GROUP_DEADLINE), NOW + 60_000);
    assertEquals(0, group(0).getUnreachable());
    resume(NOW + 100_000);
    assertEquals(NOW + 160_000, group(0).getDeadlineMs());
    assertEquals(NOW + 160_000, rows.timers.get("group/0"));
    send(ended(2, 1, ExecutionState.SUCCEEDED), NOW + 101_000);
    pause();
    send(of(JobMachine.Event.SOAKED), NOW + 111_000);
    assertEquals(2, granted().size());
    resume(NOW + 112_000);
    assertEquals(3, granted().size(), "it was watched for long enough");
  }

  @Test
  void cancel_ofAPausedJob_countsWhatIsHeldAsCancelled() {
    run(spec(), 3);
    pause();
    takenBack(1);
    assertEquals(3, group(0).getHeld());
    send(of(JobMachine.Event.CANCEL), NOW);
    assertEquals(0, group(0).getHeld());
    assertEquals(3, group(0).getCancelled());
    assertEquals(0, sent.stream().filter(ExecutionEnvelope::hasCancel).count());
    assertTrue(rows.scan(JobRows.HELD, 9).isEmpty());
  }

  @Test
  void pauseOfMany_isCutIntoSteps_andStopsWithAResume() {
    run(spec().setConcurrency(2000), 1200);
    pause();
    assertEquals(1200, cancelled().stream().distinct().count());
    takenBack(1);
    assertEquals(1200, group(0).getHeld());
    resume(NOW);
    assertEquals(1200, group(0).getInFlight());
    assertEquals(2400, granted().size());
  }
}
