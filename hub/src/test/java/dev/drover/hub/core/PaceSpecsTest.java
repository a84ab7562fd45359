package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.v1.AbortRule;
import dev.drover.v1.AskTask;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import dev.drover.v1.JobSpec;
import dev.drover.v1.Rate;
import dev.drover.v1.RateIncrease;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.StopAction;
import dev.drover.v1.TargetSelection;
import dev.drover.v1.Task;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import org.junit.jupiter.api.Test;

class PaceSpecsTest {
  private static void taken(JobSpec.Builder spec) {
    assertDoesNotThrow(() -> PaceSpecs.check(spec.build()));
  }

  private static void refused(ErrorCode code, JobSpec.Builder spec) {
    DroverException refusal =
        assertThrows(DroverException.class, () -> PaceSpecs.check(spec.build()));
    assertEquals(code, refusal.code(), refusal.getMessage());
  }

  private static void refused(JobSpec.Builder spec) {
    refused(ErrorCode.INVALID_ARGUMENT, spec);
  }

  private static JobSpec.Builder spec() {
    return JobFixture.spec();
  }

  private static JobSpec.Builder rate(int perMinute) {
    return spec().setRate(Rate.newBuilder().setPerMinute(perMinute));
  }

  private static JobSpec.Builder growing(int factor, int every, int max) {
    RateIncrease.Builder increase =
        RateIncrease.newBuilder().setFactorTenths(factor).setEvery(every).setPerMinuteMax(max);
    return spec().setRate(Rate.newBuilder().setPerMinute(10).setIncrease(increase));
  }

  private static JobSpec.Builder rule(int threshold, StopAction action) {
    return spec().addAbortRules(AbortRule.newBuilder().setThreshold(threshold).setAction(action));
  }

  private static JobSpec.Builder gate(Gate.Builder gate) {
    return JobFixture.install().addGroups(GroupSpec.newBuilder().setGate(gate));
  }

  private static Gate.Builder health(HealthFigure figure, long limit, int percent) {
    return Gate.newBuilder()
        .addHealth(
            HealthCheck.newBuilder().setFigure(figure).setLimit(limit).setDevicesPercent(percent));
  }

  private static JobSpec.Builder retry(RetrySpec.Builder retry) {
    return spec().setRetry(retry);
  }

  @Test
  void rates_areInTheirRanges() {
    taken(rate(1));
    taken(rate(60_000));
    refused(rate(0));
    refused(rate(60_001));
    taken(growing(11, 1, 10));
    taken(growing(50, 100_000, 60_000));
    refused(growing(10, 1, 10));
    refused(growing(51, 1, 10));
    refused(growing(20, 0, 10));
    refused(growing(20, 1, 9));
    refused(growing(20, 1, 60_001));
  }

  @Test
  void rules_areInTheirRanges_andRollBackOnlyInstalls() {
    taken(rule(1, StopAction.ABORT));
    taken(rule(10_000, StopAction.PAUSE));
    refused(rule(0, StopAction.ABORT));
    refused(rule(10_001, StopAction.ABORT));
    refused(rule(1, StopAction.ROLL_BACK));
    taken(rule(1, StopAction.ROLL_BACK).setTask(JobFixture.install().getTask()));
    JobSpec.Builder many = spec();
    for (int i = 0; i < 17; i++) {
      many.addAbortRules(AbortRule.newBuilder().setThreshold(1));
    }
    refused(ErrorCode.LIMIT_EXCEEDED, many);
    refused(spec().addAbortRules(AbortRule.newBuilder().setThreshold(1).setActionValue(9)));
    refused(spec().addAbortRules(AbortRule.newBuilder().setThreshold(1).setFailureValue(9)));
  }

  @Test
  void gates_areInTheirRanges_andNameFiguresThatAreTold() {
    taken(gate(health(HealthFigure.CRASHES, 0, 0)));
    taken(gate(health(HealthFigure.EVAL_PASS_PERMILLE, 1000, 100)));
    refused(gate(health(HealthFigure.EVAL_PASS_PERMILLE, 1001, 0)));
    refused(gate(health(HealthFigure.CRASHES, 0, 101)));
    refused(gate(health(HealthFigure.CRASHES, -1, 0)));
    refused(gate(health(HealthFigure.HEALTH_FIGURE_UNSPECIFIED, 0, 0)));
    refused(gate(Gate.newBuilder().setDeadlineSeconds(-1)));
    refused(gate(Gate.newBuilder().setUnreachableValue(7)));
    refused(gate(Gate.newBuilder().setOnFailureValue(7)));
    refused(gate(health(HealthFigure.CRASHES, 0, 0)).clearTask());
    Task ask = Task.newBuilder().setAsk(AskTask.getDefaultInstance()).build();
    taken(gate(health(HealthFigure.MILLITOKENS_PER_SECOND, 1, 0)).setTask(ask));
    refused(gate(health(HealthFigure.CRASHES, 0, 0)).setTask(ask));
    refused(gate(Gate.newBuilder().setDeadlineSeconds(9)).setSelection(TargetSelection.CONTINUOUS));
  }

  @Test
  void retriesApprovalsAndStart_areInTheirRanges() {
    taken(retry(RetrySpec.newBuilder().addErrors("DISK_FULL").setJitterPercent(100)));
    refused(retry(RetrySpec.newBuilder().addErrors("DISK_EMPTY")));
    refused(retry(RetrySpec.newBuilder().setJitterPercent(101)));
    refused(retry(RetrySpec.newBuilder().setBackoffSeconds(9).setBackoffMaxSeconds(8)));
    refused(retry(RetrySpec.newBuilder().setBackoffMaxSeconds(601)));
    refused(retry(RetrySpec.newBuilder().setAttempts(11)));
    taken(spec().setApprovals(10));
    refused(spec().setApprovals(11));
    refused(spec().setStartMs(-1));
    taken(spec().setStartInSeconds(60));
    refused(spec().setStartInSeconds(-1));
    refused(spec().setStartInSeconds(60).setStartMs(1));
    refused(spec().setSelectionValue(5));
  }
}
