package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.machine.Refusal;
import dev.drover.v1.AbortRule;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.FailureKind;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubStatement;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.JobWait;
import dev.drover.v1.StopAction;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a job's abort rules do to it, alone and in a list. */
class JobRulesTest extends JobFixture {
  /** In hundredths of a percent. */
  private static final int HALF = 5000;

  private static AbortRule.Builder rule(FailureKind kind, int minimum, StopAction action) {
    return AbortRule.newBuilder()
        .setFailure(kind)
        .setThreshold(HALF)
        .setMinimumEnded(minimum)
        .setAction(action);
  }

  /** Four slots; the rule strikes when the second of two that ended failed. */
  private void pausedByRule() {
    pausedByRule(spec());
  }

  private void pausedByRule(JobSpec.Builder spec) {
    run(
        spec.setConcurrency(4).addAbortRules(rule(FailureKind.ANY_FAILURE, 2, StopAction.PAUSE)),
        20);
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.FAILED);
  }

  private @Nullable Refusal resume() {
    return send(of(JobMachine.Event.RESUME), NOW).refusal();
  }

  @Test
  void pauseRule_whenItStrikes_takesBackAllThatDidNotStart_andGrantsNothing() {
    pausedByRule();
    assertEquals(JobState.JOB_PAUSED, job().getState());
    assertEquals(JobWait.JOB_WAITS_FOR_OPERATOR, job().getWaitsFor());
    assertEquals(List.of(1, 2, 3, 4, 5), granted());
    assertEquals(List.of("j1-3", "j1-4", "j1-5"), cancelled(), "every lease that is out");
    assertTrue(
        sent.stream()
            .filter(ExecutionEnvelope::hasCancel)
            .noneMatch(out -> out.getCancel().getStopRunning()),
        "what a device has started goes on");
    assertEquals(
        "An abort rule holds: 1 of 2 that ended failed; the rule acts at 50.00%. 3 in flight:"
            + " what a device has started goes on, the rest comes back. Goes on when the rule"
            + " holds no more and an operator resumes it; or cancel it.",
        job().getCause());
    assertEquals(List.of(HubAction.JOB_CREATED, HubAction.JOB_STOPPED_BY_RULE), told());
    for (JobMachine.Event event : List.of(JobMachine.Event.PUMP, JobMachine.Event.RETRY)) {
      send(of(event), NOW + 60_000);
    }
    takenBack(1);
    assertEquals(5, granted().size(), "nobody new");
    assertEquals(3, group(0).getHeld());
    assertEquals(0, group(0).getInFlight());
  }

  @Test
  void pauseRule_ofAnInstallation_offersToRollBack_andSaysWhatIsTakenBack() {
    pausedByRule(install());
    assertEquals(
        "An abort rule holds: 1 of 2 that ended failed; the rule acts at 50.00%. 3 in flight:"
            + " what a device has started goes on, the rest comes back, also a release that it"
            + " still fetches or checks. Goes on when the rule holds no more and an operator"
            + " resumes it; or roll it back or cancel it.",
        job().getCause());
    Refusal refused = resume();
    assertNotNull(refused);
    assertEquals(
        "While that holds the job stays paused; roll it back or cancel it.", refused.nextStep());
  }

  @Test
  void pauseRule_thatHolds_refusesToResume_andSaysWhy() {
    pausedByRule();
    Refusal refused = resume();
    assertNotNull(refused);
    assertEquals(ErrorCode.ILLEGAL_TRANSITION, refused.code());
    assertEquals(
        "An abort rule holds: 1 of 2 that ended failed; the rule acts at 50.00%.",
        refused.message());
    assertEquals("While that holds the job stays paused; cancel it.", refused.nextStep());
    HubStatement tried = statements.get(statements.size() - 1);
    assertEquals(HubAction.JOB_RESUMED_BY, tried.getAction());
    assertEquals("bert", tried.getOperator());
    assertEquals(ErrorCode.ILLEGAL_TRANSITION.number(), tried.getError());
    takenBack(1);
    assertNotNull(resume(), "what was taken back did not end and does not count");
    assertEquals(JobState.JOB_PAUSED, job().getState());
    assertEquals(5, granted().size());
  }

  @Test
  void pauseRule_thatHoldsNoMore_letsAnOperatorGoOn_andStrikesAgain() {
    pausedByRule();
    end(3, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_PAUSED, job().getState(), "an operator goes on, not the rule");
    takenBack(1);
    assertEquals(5, granted().size());
    assertNull(resume());
    assertEquals(JobState.JOB_RUNNING, job().getState());
    assertEquals(List.of(1, 2, 3, 4, 5, 4, 5, 6, 7), granted());
    assertEquals(HubAction.JOB_RESUMED_BY, told().get(told().size() - 1));
    end(6, ExecutionState.FAILED);
    assertEquals(JobState.JOB_PAUSED, job().getState(), "2 of 4");
    assertEquals(HubAction.JOB_STOPPED_BY_RULE, told().get(told().size() - 1));
    assertEquals(List.of("j1-4", "j1-5", "j1-7"), cancelled());
    assertEquals(9, granted().size());
  }

  @Test
  void rulesOfAList_areAskedEach_withTheirOwnKindAndSample() {
    run(
        spec()
            .addAbortRules(rule(FailureKind.FAILURE_TIMED_OUT, 2, StopAction.ABORT))
            .addAbortRules(rule(FailureKind.FAILURE_FAILED, 4, StopAction.PAUSE)),
        9);
    end(1, ExecutionState.FAILED);
    end(2, ExecutionState.FAILED);
    end(3, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_RUNNING, job().getState(), "the second rule wants four");
    end(4, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_PAUSED, job().getState());
    assertTrue(
        job().getCause().startsWith("An abort rule holds: 2 of 4 that ended failed; "),
        job().getCause());
  }

  @Test
  void rulesOfAList_thatBothHold_theOneThatGoesFurthestActs() {
    AbortRule.Builder pause = rule(FailureKind.ANY_FAILURE, 1, StopAction.PAUSE);
    AbortRule.Builder abort = rule(FailureKind.FAILURE_FAILED, 1, StopAction.ABORT);
    run(spec().addAbortRules(pause).addAbortRules(abort), 3);
    end(1, ExecutionState.FAILED);
    assertEquals(JobState.JOB_ABORTED, job().getState());

    JobRulesTest other = new JobRulesTest();
    other.run(spec().addAbortRules(abort).addAbortRules(pause), 3);
    other.end(1, ExecutionState.FAILED);
    assertEquals(JobState.JOB_ABORTED, other.job().getState());
  }

  @Test
  void pauseRule_thatGoesOnHolding_hidesNoRuleBehindIt() {
    run(
        spec()
            .setConcurrency(2)
            .addAbortRules(rule(FailureKind.ANY_FAILURE, 1, StopAction.PAUSE))
            .addAbortRules(rule(FailureKind.ANY_FAILURE, 2, StopAction.ABORT)),
        9);
    end(1, ExecutionState.FAILED);
    assertEquals(JobState.JOB_PAUSED, job().getState());
    end(2, ExecutionState.FAILED);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertTrue(
        job().getCause().startsWith("An abort rule holds: 2 of 2 that ended failed; "),
        job().getCause());
  }

  @Test
  void rules_countTheirKindOverTheWholeJob_andNeedTheirSample() {
    AbortRule.Builder rule =
        AbortRule.newBuilder()
            .setFailure(FailureKind.FAILURE_TIMED_OUT)
            .setThreshold(5000)
            .setMinimumEnded(4);
    run(spec().addAbortRules(rule), 9);
    end(1, ExecutionState.FAILED);
    end(2, ExecutionState.TIMED_OUT);
    end(3, ExecutionState.TIMED_OUT);
    assertEquals(JobState.JOB_RUNNING, job().getState());
    end(4, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertEquals(2, group(0).getTimedOut());
    assertEquals(
        "An abort rule holds: 2 of 4 that ended timed out; the rule acts at 50.00%.",
        job().getCause());
  }

  @Test
  void everyKindOfFailure_isCountedByItsRule() {
    JobCounts counts = new JobCounts(100, 1, 2, 3, 4, 5, 6, 7, 0);
    assertEquals(28, counts.ended());
    assertEquals(20, counts.failures(FailureKind.ANY_FAILURE));
    assertEquals(2, counts.failures(FailureKind.FAILURE_FAILED));
    assertEquals(3, counts.failures(FailureKind.FAILURE_REJECTED));
    assertEquals(4, counts.failures(FailureKind.FAILURE_TIMED_OUT));
    assertEquals(5, counts.failures(FailureKind.FAILURE_UNREACHABLE));
    assertEquals(6, counts.failures(FailureKind.FAILURE_UNKNOWN));
    AbortRule.Builder rule = AbortRule.newBuilder().setThreshold(7142);
    assertTrue(JobRules.holds(rule.build(), counts));
    assertFalse(JobRules.holds(rule.setThreshold(7143).build(), counts));
    assertFalse(JobRules.holds(rule.build(), new JobCounts(9, 0, 0, 0, 0, 0, 0, 0, 9)));
  }
}
