package dev.drover.hub.core;

import dev.drover.schedule.Windows;
import dev.drover.v1.JobSpec;
import dev.drover.v1.Timers;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.time.Duration;

/** Checks of when an execution may start and how long it may take. Pure. */
public final class TimeSpecs {
  private static final int PRIORITY_MAX = 100;

  private TimeSpecs() {}

  /**
   * Checks windows, limits and priority as they were written.
   *
   * @throws DroverException {@link ErrorCode#INVALID_ARGUMENT} that names the field
   */
  static void check(JobSpec spec) {
    Windows.check("windows", spec.getWindowsList());
    range("priority", Integer.toUnsignedLong(spec.getPriority()), PRIORITY_MAX);
    Timers timers = spec.getTimers();
    range("timers.offer_seconds", timers.getOfferSeconds(), Limits.JOB_DEADLINE_SECONDS_MAX);
    range("timers.run_seconds", timers.getRunSeconds(), Limits.JOB_DEADLINE_SECONDS_MAX);
    range("timers.step_seconds", timers.getStepSeconds(), Limits.JOB_DEADLINE_SECONDS_MAX);
    range("timers.queue_seconds", timers.getQueueSeconds(), Limits.JOB_DEADLINE_SECONDS_MAX);
  }

  /** Returns a checked specification with its start as a time. */
  public static JobSpec started(JobSpec spec, long nowMs) {
    long afterSeconds = spec.getStartInSeconds();
    return afterSeconds == 0
        ? spec
        : spec.toBuilder().setStartMs(nowMs + afterSeconds * 1000).clearStartInSeconds().build();
  }

  /**
   * Checks that the job's start and a window come before its deadline, wherever its devices are.
   *
   * @param spec a checked one
   * @param nowMs UTC milliseconds
   * @throws DroverException {@link ErrorCode#INVALID_ARGUMENT}
   */
  public static void checkOpens(JobSpec spec, long nowMs) {
    long deadlineMs = nowMs + spec.getDeadlineSeconds() * 1000;
    long startMs = Math.max(nowMs, spec.getStartMs());
    if (startMs > nowMs && startMs >= deadlineMs) {
      throw new DroverException(
              ErrorCode.INVALID_ARGUMENT,
              "In a job, start_ms never comes: deadline_seconds is over before.")
          .withNextStep("Give it a longer --deadline, or an earlier --start.");
    }
    Duration life = Duration.ofMillis(deadlineMs - startMs);
    if (!Windows.openWithin(spec.getWindowsList(), startMs, life)) {
      throw new DroverException(
              ErrorCode.INVALID_ARGUMENT,
              "In a job, windows never opens: none of them begins before deadline_seconds is over.")
          .withNextStep("Give it a longer --deadline, or a window that begins sooner.");
    }
  }

  private static void range(String field, long value, long max) {
    if (value < 0 || value > max) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "In a job, " + field + " is 0 to " + max + ".");
    }
  }
}
