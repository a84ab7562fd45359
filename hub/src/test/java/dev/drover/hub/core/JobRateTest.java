package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.ExecutionState;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobWait;
import dev.drover.v1.Rate;
import dev.drover.v1.RateCriterion;
import dev.drover.v1.RateIncrease;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.TargetSelection;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobRateTest extends JobFixture {
  private static JobSpec.Builder paced(int perMinute) {
    return spec().setConcurrency(10_000).setRate(Rate.newBuilder().setPerMinute(perMinute));
  }

  /** Lets time pass and timers of the rate fire. */
  private void until(long nowMs) {
    Long due = rows.timers.get("rate");
    while (due != null && due <= nowMs) {
      rows.timers.remove("rate");
      send(of(JobMachine.Event.PUMP), due);
      due = rows.timers.get("rate");
    }
  }

  @Test
  void constantRate_grantsOneByOne_andNeverMore() {
    run(paced(30), 10);
    assertEquals(1, granted().size());
    assertEquals(NOW + 2000, rows.timers.get("rate"));
    assertEquals(30, job().getRatePerMinute());
    assertEquals(JobWait.JOB_WAITS_FOR_RATE, job().getWaitsFor());
    assertTrue(job().getCause().contains(", at 30 a minute"), job().getCause());
    send(of(JobMachine.Event.PUMP), NOW + 1999);
    send(ended(1, 1, ExecutionState.SUCCEEDED), NOW + 1999);
    assertEquals(1, granted().size(), "an end does not make the rate faster");
    until(NOW + 2000);
    assertEquals(2, granted().size());
    until(NOW + 8000);
    assertEquals(5, granted().size());
    until(NOW + 600_000);
    assertEquals(10, granted().size());
  }

  @Test
  void bucket_holdsNoMoreThanASecondsWorth() {
    run(paced(600).setConcurrency(1), 100);
    for (int i = 1; i <= 40; i++) {
      send(ended(i, 1, ExecutionState.SUCCEEDED), NOW + 100_000 + i);
    }
    assertEquals(1 + 10, granted().size());
  }

  @Test
  void fastRate_isLookedAtInTicks() {
    run(paced(60_000), 5000);
    assertEquals(1000, granted().size());
    assertEquals(NOW + 100, rows.timers.get("rate"));
    until(NOW + 100);
    assertEquals(1100, granted().size());
    until(NOW + 1000);
    assertEquals(2000, granted().size());
  }

  @Test
  void retriesLateJoinersAndHeldOnes_takeTokensToo() {
    run(
        paced(60)
            .setSelection(TargetSelection.CONTINUOUS)
            .setRetry(RetrySpec.newBuilder().setAttempts(2)),
        1);
    send(ended(1, 1, ExecutionState.FAILED), NOW);
    send(late("cam-8", "cam-9"), NOW);
    send(of(JobMachine.Event.RETRY), NOW);
    assertEquals(List.of(1), granted());
    until(NOW + 1000);
    assertEquals(List.of(1, 1), granted());
    until(NOW + 2000);
    assertEquals(List.of(1, 1, 2), granted());
    send(of(JobMachine.Event.PAUSE), NOW + 2000);
    send(ended(2, 1, ExecutionState.CANCELLED), NOW + 2000);
    send(of(JobMachine.Event.RESUME), NOW + 2000);
    assertEquals(3, granted().size());
    until(NOW + 3000);
    assertEquals(List.of(1, 1, 2, 2), granted());
  }

  @Test
  void exponentialRate_stepsAtTheCountsOfAws() {
    run(
        paced(50)
            .setDeadlineSeconds(100_000)
            .setRate(
                Rate.newBuilder()
                    .setPerMinute(50)
                    .setIncrease(
                        RateIncrease.newBuilder()
                            .setFactorTenths(20)
                            .setEvery(1000)
                            .setPerMinuteMax(1000))),
        6000);
    int[] rates = new int[6001];
    for (long at = NOW; granted().size() < 6000; at += 60_000) {
      until(at);
      rates[granted().size()] = job().getRatePerMinute();
      int granted = granted().size();
      int steps = Math.min(5, granted / 1000);
      assertEquals(Math.min(1000, 50 << steps), job().getRatePerMinute(), "after " + granted);
    }
  }

  @Test
  void rateBySuccesses_growsOnlyWithThem_andAlwaysGrows() {
    run(
        spec()
            .setConcurrency(1)
            .setRate(
                Rate.newBuilder()
                    .setPerMinute(1)
                    .setIncrease(
                        RateIncrease.newBuilder()
                            .setFactorTenths(11)
                            .setEvery(1)
                            .setPerMinuteMax(3)
                            .setCriterion(RateCriterion.SUCCEEDED_EXECUTIONS))),
        9);
    send(ended(1, 1, ExecutionState.FAILED), NOW);
    assertEquals(1, job().getRatePerMinute());
    until(NOW + 60_000);
    send(ended(2, 1, ExecutionState.SUCCEEDED), NOW + 60_000);
    assertEquals(2, job().getRatePerMinute());
    until(NOW + 90_000);
    assertEquals(3, granted().size());
    send(ended(3, 1, ExecutionState.SUCCEEDED), NOW + 90_000);
    until(NOW + 200_000);
    send(ended(4, 1, ExecutionState.SUCCEEDED), NOW + 200_000);
    assertEquals(3, job().getRatePerMinute());
  }
}
