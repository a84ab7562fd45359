package dev.drover.hub.core;

import dev.drover.schedule.Windows;
import dev.drover.v1.JobSpec;
import dev.drover.v1.TargetSelection;
import dev.drover.v1.Timers;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.time.Duration;
import java.util.Locale;

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
   * Checks that what a job waits for comes while it can still be of use, wherever its devices are:
   * its start and all that its groups soak before the deadline, a window before the lease or the
   * first group's deadline is over.
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
    long leftSeconds = (deadlineMs - startMs) / 1000;
    long soakSeconds = soakSeconds(spec);
    if (soakSeconds > 0 && soakSeconds >= leftSeconds) {
      throw new DroverException(
              ErrorCode.INVALID_ARGUMENT,
              String.format(
                  Locale.ROOT,
                  "In a job, gate.soak_seconds is %d for all groups, and deadline_seconds is over"
                      + " before.",
                  soakSeconds))
          .withNextStep("Give it a longer --deadline, or shorter soaks.");
    }
    requireWindow(spec, startMs, leftSeconds, "deadline_seconds", "--deadline");
    requireWindow(spec, startMs, spec.getLeaseSeconds(), "lease_seconds", "--lease");
    if (spec.getGroupsCount() > 0) {
      long first = spec.getGroups(0).getGate().getDeadlineSeconds();
      requireWindow(spec, startMs, first, "gate.deadline_seconds", "--group-deadline");
    }
  }

  private static void requireWindow(
      JobSpec spec, long fromMs, long seconds, String limit, String option) {
    if (seconds > 0
        && !Windows.openWithin(spec.getWindowsList(), fromMs, Duration.ofSeconds(seconds))) {
      throw new DroverException(
              ErrorCode.INVALID_ARGUMENT,
              "In a job, windows never opens: none of them begins before " + limit + " is over.")
          .withNextStep("Give it a longer " + option + ", or a window that begins sooner.");
    }
  }

  /** Returns how long the groups of a job soak; the last of a continuous one does not. */
  private static long soakSeconds(JobSpec spec) {
    boolean continuous = spec.getSelection() == TargetSelection.CONTINUOUS;
    return spec.getGroupsList().stream()
        .limit(Math.max(0, spec.getGroupsCount() - (continuous ? 1 : 0)))
        .mapToLong(group -> group.getGate().getSoakSeconds())
        .sum();
  }

  private static void range(String field, long value, long max) {
    if (value < 0 || value > max) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "In a job, " + field + " is 0 to " + max + ".");
    }
  }
}
