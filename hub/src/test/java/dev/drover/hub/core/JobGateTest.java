package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.HealthSeen;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.GroupState;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.JobWait;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.Unreachable;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JobGateTest extends JobFixture {
  private static JobSpec.Builder gated(int first, Gate.Builder gate) {
    return install()
        .addGroups(GroupSpec.newBuilder().setCount(first).setGate(gate))
        .addGroups(GroupSpec.getDefaultInstance());
  }

  private static Gate.Builder strict() {
    return Gate.newBuilder().setSuccessPercent(100);
  }

  private static HealthCheck.Builder check(HealthFigure figure, long limit) {
    return HealthCheck.newBuilder().setFigure(figure).setLimit(limit);
  }

  private void crashed(int target, int crashes, long nowMs) {
    HealthSeen seen = HealthSeen.newBuilder().setTarget(target).setCrashes(crashes).build();
    send(JobEnvelope.newBuilder().setHealth(seen), nowMs);
  }

  private void succeeds(int target, int evalPermille, int speed) {
    JobEnvelope.Builder end = ended(target, 1, ExecutionState.SUCCEEDED);
    end.getEndedBuilder().setEvalPassPermille(evalPermille).setMillitokensPerSecond(speed);
    send(end, NOW);
  }

  @Test
  void groupDeadline_countsWhatDidNotEndAsUnreachable_andTakesItBack() {
    run(gated(4, strict().setDeadlineSeconds(30)).setConcurrency(2), 6);
    assertEquals(NOW + 30_000, rows.timers.get("group/0"));
    assertEquals(NOW + 30_000, group(0).getDeadlineMs());
    end(1, ExecutionState.SUCCEEDED);
    send(of(JobMachine.Event.GROUP_DEADLINE), NOW + 29_999);
    assertEquals(JobState.JOB_RUNNING, job().getState());
    send(of(JobMachine.Event.GROUP_DEADLINE), NOW + 30_000);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertTrue(group(0).getUnreachable() > 0);
    assertTrue(
        job().getCause().startsWith("Group 1 of 2 failed its gate at its deadline: "),
        job().getCause());
    assertEquals(List.of(1, 2, 3), granted());
    assertEquals(List.of("j1-2", "j1-3"), cancelled());
  }

  @Test
  void groupDeadline_whereSilenceDoesNotCount_letsTheNextGroupStart() {
    run(
        gated(3, strict().setDeadlineSeconds(30).setUnreachable(Unreachable.UNREACHABLE_IGNORED))
            .setRetry(RetrySpec.newBuilder().setAttempts(2).setBackoffSeconds(60)),
        5);
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.UNREACHABLE);
    send(of(JobMachine.Event.GROUP_DEADLINE), NOW + 30_000);
    assertEquals(2, group(0).getUnreachable());
    assertEquals(GroupState.GROUP_PASSED, group(0).getState());
    assertEquals(List.of(1, 2, 3, 4, 5), granted());
    assertEquals(1, group(0).getInFlight(), "no word yet, so it takes a slot");
    end(3, ExecutionState.SUCCEEDED);
    assertEquals(2, group(0).getSucceeded());
    assertEquals(1, group(0).getUnreachable());
    assertEquals(0, group(0).getInFlight());
    assertFalse(rows.timers.containsKey("group/0"));
  }

  @Test
  void takenBackAfterTheDeadline_staysUnreachable() {
    run(
        gated(2, strict().setDeadlineSeconds(30).setUnreachable(Unreachable.UNREACHABLE_IGNORED)),
        3);
    end(1, ExecutionState.SUCCEEDED);
    send(of(JobMachine.Event.GROUP_DEADLINE), NOW + 30_000);
    end(2, ExecutionState.CANCELLED);
    assertEquals(1, group(0).getUnreachable());
    assertEquals(0, group(0).getCancelled());
    assertEquals(0, group(0).getInFlight());
  }

  @Test
  void groupOfWhichNobodyEnded_doesNotPass() {
    run(gated(2, strict().setUnreachable(Unreachable.UNREACHABLE_IGNORED)), 3);
    end(1, ExecutionState.UNREACHABLE);
    assertEquals(JobState.JOB_RUNNING, job().getState());
    end(2, ExecutionState.UNREACHABLE);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertEquals(
        "Group 1 of 2 failed its gate: 0 ended, at least 1 must. Devices of later groups were not"
            + " touched.",
        job().getCause());
  }

  @Test
  void figuresOfTheEnd_areCountedPerDevice() {
    run(
        gated(
            4,
            strict()
                .addHealth(check(HealthFigure.EVAL_PASS_PERMILLE, 900).setDevicesPercent(75))
                .addHealth(check(HealthFigure.MILLITOKENS_PER_SECOND, 4000).setDevicesMinimum(2))),
        5);
    succeeds(1, 950, 5000);
    succeeds(2, 100, 5000);
    assertEquals(2, group(0).getHealth(0).getReported());
    assertEquals(1, group(0).getHealth(0).getKept());
    succeeds(3, 900, 0);
    assertEquals(JobState.JOB_RUNNING, job().getState());
    succeeds(4, 1000, 0);
    assertEquals(GroupState.GROUP_PASSED, group(0).getState());
    assertEquals(2, group(0).getHealth(1).getReported());
    assertEquals(5, granted().size());
  }

  @Test
  void figuresThatTooFewKeepTo_failTheGate() {
    run(gated(4, strict().addHealth(check(HealthFigure.EVAL_PASS_PERMILLE, 900))), 5);
    succeeds(1, 899, 0);
    assertEquals(JobState.JOB_ABORTED, job().getState(), "no end can change it");
    assertTrue(
        job().getCause().contains("0 of 1 devices keep to an eval of at least 900 of 1000"),
        job().getCause());
  }

  @Test
  void figuresThatNobodyTold_areNoPass() {
    run(gated(2, strict().addHealth(check(HealthFigure.MILLITOKENS_PER_SECOND, 1))), 3);
    succeeds(1, 0, 5);
    succeeds(2, 0, 0);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertTrue(
        job().getCause().contains("too few devices told (1 told a speed)"), job().getCause());
  }

  @Test
  void crashes_areWaitedFor_andCountWhileSoaking() {
    run(gated(2, strict().setSoakSeconds(60).addHealth(check(HealthFigure.CRASHES, 1))), 3);
    assertTrue(sent.get(0).getGrant().getWatchCrashes());
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.SUCCEEDED);
    assertEquals(GroupState.GROUP_RUNNING, group(0).getState());
    assertEquals(JobWait.JOB_WAITS_FOR_HEALTH, job().getWaitsFor());
    assertTrue(job().getCause().contains("(0 told crashes)"), job().getCause());
    crashed(1, 0, NOW);
    crashed(1, 0, NOW);
    crashed(7, 0, NOW);
    assertEquals(1, group(0).getHealth(0).getReported());
    crashed(2, 1, NOW);
    assertEquals(GroupState.GROUP_SOAKING, group(0).getState());
    assertEquals(JobWait.JOB_WAITS_FOR_SOAK, job().getWaitsFor());
    crashed(1, 1, NOW + 1000);
    assertEquals(2, group(0).getHealth(0).getKept());
    crashed(2, 2, NOW + 2000);
    assertEquals(1, group(0).getHealth(0).getKept());
    assertEquals(JobState.JOB_ABORTED, job().getState());
    crashed(2, 9, NOW + 3000);
    assertEquals(List.of(1, 2), granted());
  }

  @Test
  void crashesThatNobodyTold_failTheGateAtTheGroupsDeadline() {
    run(gated(1, strict().setDeadlineSeconds(30).addHealth(check(HealthFigure.CRASHES, 0))), 2);
    end(1, ExecutionState.SUCCEEDED);
    send(of(JobMachine.Event.GROUP_DEADLINE), NOW + 30_000);
    assertEquals(JobState.JOB_ABORTED, job().getState());
  }

  @Test
  void soak_isNotPassedByAGroupThatGotWorseMeanwhile() {
    run(
        gated(
            4,
            Gate.newBuilder()
                .setMinimumEnded(2)
                .setSuccessPercent(100)
                .setFailurePercent(40)
                .setSoakSeconds(10)),
        5);
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.SUCCEEDED);
    assertEquals(GroupState.GROUP_SOAKING, group(0).getState());
    end(3, ExecutionState.FAILED);
    send(of(JobMachine.Event.SOAKED), NOW + 10_000);
    assertEquals(GroupState.GROUP_RUNNING, group(0).getState());
    assertEquals(4, granted().size());
  }

  @Test
  void soakOfAGroupThatCannotPassAnyMore_endsTheJob_alsoAtResume() {
    Gate.Builder lenient =
        Gate.newBuilder()
            .setMinimumEnded(2)
            .setSuccessPercent(60)
            .setFailurePercent(100)
            .setSoakSeconds(10);
    run(gated(4, lenient), 5);
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.SUCCEEDED);
    end(3, ExecutionState.FAILED);
    end(4, ExecutionState.FAILED);
    assertEquals(GroupState.GROUP_SOAKING, group(0).getState());
    assertEquals(JobState.JOB_RUNNING, job().getState());
    send(of(JobMachine.Event.PAUSE), NOW + 9_000);
    assertTrue(send(of(JobMachine.Event.RESUME), NOW + 10_000).refusal() != null);
    assertEquals(JobState.JOB_PAUSED, job().getState());
    send(of(JobMachine.Event.RESUME), NOW + 9_999);
    send(of(JobMachine.Event.SOAKED), NOW + 10_000);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertEquals(List.of(1, 2, 3, 4), granted());
  }

  @Test
  void groupDeadline_whileTheGroupSoaks_countsWhoIsSilent() {
    Gate.Builder gate =
        Gate.newBuilder()
            .setMinimumEnded(2)
            .setSuccessPercent(100)
            .setFailurePercent(40)
            .setSoakSeconds(60)
            .setDeadlineSeconds(30);
    run(gated(4, gate), 5);
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.SUCCEEDED);
    assertEquals(GroupState.GROUP_SOAKING, group(0).getState());
    send(of(JobMachine.Event.GROUP_DEADLINE), NOW + 30_000);
    assertEquals(2, group(0).getUnreachable());
    assertEquals(Set.of("j1-3", "j1-4"), Set.copyOf(cancelled()));
    assertEquals(JobState.JOB_ABORTED, job().getState(), "half of them is more than 40 percent");
    assertEquals(List.of(1, 2, 3, 4), granted());
  }

  @Test
  void groupDeadline_afterTheGatePassed_holdsForThoseItDidNotWaitFor() {
    Gate.Builder gate =
        Gate.newBuilder()
            .setMinimumEnded(2)
            .setSuccessPercent(50)
            .setFailurePercent(50)
            .setDeadlineSeconds(30);
    run(gated(4, gate), 5);
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.SUCCEEDED);
    assertEquals(GroupState.GROUP_PASSED, group(0).getState());
    assertEquals(NOW + 30_000, rows.timers.get("group/0"));
    end(5, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_RUNNING, job().getState());
    send(of(JobMachine.Event.PAUSE), NOW + 10_000);
    send(of(JobMachine.Event.RESUME), NOW + 15_000);
    assertEquals(NOW + 35_000, rows.timers.get("group/0"));
    send(of(JobMachine.Event.GROUP_DEADLINE), NOW + 35_000);
    assertEquals(2, group(0).getUnreachable());
    assertEquals(GroupState.GROUP_PASSED, group(0).getState());
    assertEquals(JobState.JOB_SUCCEEDED_WITH_FAILURES, job().getState(), "it waits for nobody");
  }

  @Test
  void groupDeadline_ofAGroupThatEnded_isNotWaitedFor() {
    run(gated(2, strict().setDeadlineSeconds(30)), 3);
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.SUCCEEDED);
    assertFalse(rows.timers.containsKey("group/0"));
  }
}
