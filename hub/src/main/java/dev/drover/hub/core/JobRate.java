package dev.drover.hub.core;

import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.JobRow;
import dev.drover.hub.v1.Pump;
import dev.drover.v1.Rate;
import dev.drover.v1.RateCriterion;
import dev.drover.v1.RateIncrease;

/**
 * The part of a {@link JobMachine} that keeps to its rate: a bucket of one second's worth, at least
 * one execution, in engine time and whole numbers. A roll-back has no rate. Pure.
 */
final class JobRate {
  static final String TIMER = "rate";

  /** What one execution takes; a millisecond brings as much as may be granted a minute. */
  private static final long ONE = 60_000;

  /** Least time between two looks, so that a fast rate does not cost a step for each execution. */
  private static final long TICK_MS = 100;

  private JobRate() {}

  static void start(JobChange change) {
    Rate rate = change.spec().getRate();
    if (change.spec().hasRate()) {
      change.row.setRatePerMinute(rate.getPerMinute()).setRateMs(change.nowMs);
      change.row.setRateLevel(full(change.row));
    }
  }

  private static long full(JobRow.Builder row) {
    return Math.max(ONE, row.getRatePerMinute() * 1000L);
  }

  private static boolean limits(JobChange change) {
    return change.row.getRatePerMinute() > 0 && change.state() != JobMachine.State.ROLLING_BACK;
  }

  private static void fill(JobChange change) {
    JobRow.Builder row = change.row;
    long elapsedMs = Math.max(0, change.nowMs - row.getRateMs());
    long level = row.getRateLevel() + elapsedMs * row.getRatePerMinute();
    row.setRateLevel(Math.min(full(row), level)).setRateMs(change.nowMs);
  }

  /** Takes what one grant needs, if it is there. */
  static boolean take(JobChange change) {
    if (!limits(change)) {
      return true;
    }
    fill(change);
    if (change.row.getRateLevel() < ONE) {
      return false;
    }
    change.row.setRateLevel(change.row.getRateLevel() - ONE);
    return true;
  }

  /** Has the job asked again when the next grant may be made. */
  static void arm(JobChange change) {
    if (change.row.getRateTimerMs() > change.nowMs) {
      return;
    }
    long missing = Math.max(0, ONE - change.row.getRateLevel());
    long perMs = change.row.getRatePerMinute();
    long atMs = change.nowMs + Math.max(TICK_MS, (missing + perMs - 1) / perMs);
    change.row.setRateTimerMs(atMs);
    change.timer(TIMER, atMs, JobEnvelope.newBuilder().setPump(Pump.getDefaultInstance()));
  }

  /** Counts one more that was granted for the first time. */
  static void granted(JobChange change) {
    if (criterion(change) == RateCriterion.GRANTED_EXECUTIONS) {
      grow(change, change.row.getGranted());
    }
  }

  /** Counts one more that succeeded, before the group has counted it. */
  static void succeeded(JobChange change) {
    if (criterion(change) == RateCriterion.SUCCEEDED_EXECUTIONS) {
      grow(change, change.forward().succeeded() + 1);
    }
  }

  private static RateCriterion criterion(JobChange change) {
    boolean grows = change.row.getRatePerMinute() > 0 && change.spec().getRate().hasIncrease();
    return grows
        ? change.spec().getRate().getIncrease().getCriterion()
        : RateCriterion.UNRECOGNIZED;
  }

  private static void grow(JobChange change, long count) {
    RateIncrease increase = change.spec().getRate().getIncrease();
    fill(change);
    for (long steps = count / increase.getEvery(); change.row.getRateSteps() < steps; ) {
      long now = change.row.getRatePerMinute();
      long next = Math.max(now + 1, now * increase.getFactorTenths() / 10);
      change.row.setRateSteps(change.row.getRateSteps() + 1);
      change.row.setRatePerMinute((int) Math.min(increase.getPerMinuteMax(), next));
    }
  }
}
