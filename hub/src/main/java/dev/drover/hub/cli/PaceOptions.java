package dev.drover.hub.cli;

import dev.drover.v1.AbortRule;
import dev.drover.v1.FailureKind;
import dev.drover.v1.JobSpec;
import dev.drover.v1.Rate;
import dev.drover.v1.RateCriterion;
import dev.drover.v1.RateIncrease;
import dev.drover.v1.RetrySpec;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How fast a job goes on, when it starts, when it stops, and what it tries again. */
final class PaceOptions {
  private static final long BACKOFF_SECONDS = 10;

  private static final Map<String, FailureKind> KINDS =
      Map.of(
          "any", FailureKind.ANY_FAILURE,
          "failed", FailureKind.FAILURE_FAILED,
          "rejected", FailureKind.FAILURE_REJECTED,
          "timed-out", FailureKind.FAILURE_TIMED_OUT,
          "unreachable", FailureKind.FAILURE_UNREACHABLE,
          "unknown", FailureKind.FAILURE_UNKNOWN);

  private static final Map<String, RateCriterion> CRITERIA =
      Map.of(
          "granted", RateCriterion.GRANTED_EXECUTIONS,
          "succeeded", RateCriterion.SUCCEEDED_EXECUTIONS);

  @Option(names = "--rate", paramLabel = "N", description = "Devices a minute. Default: no limit.")
  private int perMinute;

  @Option(
      names = "--grow",
      paramLabel = "factor=F,every=N,max=N",
      description = {
        "Multiply the rate by 1.1 to 5 each time so many were granted, up to so many a",
        "minute; by=succeeded counts successes."
      })
  private @Nullable String grow;

  @Option(
      names = "--abort-if",
      paramLabel = "KIND=PERCENT",
      description = {
        "Stop when so many of those that ended are any, failed, rejected, timed-out,",
        "unreachable or unknown; then ,min=N ends at least and ,do=abort, pause or",
        "roll-back; repeatable, of those that hold the one that goes furthest acts."
      })
  private @Nullable List<String> rules;

  @Option(
      names = "--approvals",
      paramLabel = "N",
      description = "Other operators who must approve it first.")
  private int approvals;

  @Option(
      names = "--start",
      paramLabel = "TIME",
      description = "Not before: 2026-12-01T02:00:00Z, or +SECONDS from now.")
  private @Nullable String start;

  @Option(names = "--attempts", paramLabel = "N", description = "Tries per device, 1 to 10.")
  private int attempts = 1;

  @Option(
      names = "--backoff",
      paramLabel = "SECONDS",
      description = "Before another try. Default: 10, but never over the deadline.")
  private @Nullable Long backoffSeconds;

  @Option(
      names = "--backoff-max",
      paramLabel = "SECONDS",
      description = "Double the backoff with each try, up to this.")
  private long backoffMaxSeconds;

  @Option(
      names = "--jitter",
      paramLabel = "PERCENT",
      description = "Shorten each backoff by up to this, a device by its own.")
  private int jitterPercent;

  @Option(
      names = "--retry-on",
      paramLabel = "CODE",
      description = "Try again only after this error; repeatable.")
  private @Nullable List<String> errors;

  void into(JobSpec.Builder spec) {
    RetrySpec.Builder retry = RetrySpec.newBuilder().setAttempts(attempts);
    retry.setBackoffSeconds(
        backoffSeconds == null
            ? Math.min(BACKOFF_SECONDS, spec.getDeadlineSeconds())
            : backoffSeconds);
    retry.setBackoffMaxSeconds(backoffMaxSeconds).setJitterPercent(jitterPercent);
    spec.setRetry(retry.addAllErrors(errors == null ? List.of() : errors));
    spec.setApprovals(approvals);
    for (String rule : rules == null ? List.<String>of() : rules) {
      spec.addAbortRules(rule(rule));
    }
    if (perMinute != 0) {
      spec.setRate(rate());
    } else if (grow != null) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "--grow needs --rate, the rate to begin with.");
    }
    if (start != null) {
      start(spec, start);
    }
  }

  private Rate rate() {
    Rate.Builder rate = Rate.newBuilder().setPerMinute(perMinute);
    if (grow != null) {
      Words words = Words.parse("--grow", grow);
      rate.setIncrease(
          RateIncrease.newBuilder()
              .setFactorTenths(words.tenths("factor", 20))
              .setEvery(words.count("every", 0))
              .setPerMinuteMax(words.count("max", 0))
              .setCriterion(Words.one("by", words.text("by", "granted"), CRITERIA)));
      words.done();
    }
    return rate.build();
  }

  private static AbortRule rule(String text) {
    Words words = Words.parse("--abort-if", text);
    AbortRule.Builder rule =
        AbortRule.newBuilder()
            .setFailure(Words.one("--abort-if", words.first(), KINDS))
            .setThreshold(words.percent(words.first(), 0))
            .setMinimumEnded(words.count("min", 0))
            .setAction(Words.one("do", words.text("do", "abort"), GateOptions.ACTIONS));
    words.done();
    return rule.build();
  }

  /** A length of time goes to the hub as one: its clock is the one that counts. */
  private static void start(JobSpec.Builder spec, String text) {
    try {
      if (text.startsWith("+")) {
        spec.setStartInSeconds(Long.parseLong(text.substring(1)));
      } else {
        spec.setStartMs(Instant.parse(text).toEpochMilli());
      }
    } catch (NumberFormatException | ArithmeticException | DateTimeException bad) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "--start is a time such as 2026-12-01T02:00:00Z, or +SECONDS.",
          bad);
    }
  }
}
