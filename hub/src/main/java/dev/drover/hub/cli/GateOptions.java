package dev.drover.hub.cli;

import dev.drover.v1.Gate;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import dev.drover.v1.StopAction;
import dev.drover.v1.Unreachable;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What must hold before the next group of a job starts. */
final class GateOptions {
  static final Map<String, StopAction> ACTIONS =
      Map.of(
          "abort", StopAction.ABORT, "pause", StopAction.PAUSE, "roll-back", StopAction.ROLL_BACK);

  private static final Map<String, HealthFigure> FIGURES =
      Map.of(
          "eval", HealthFigure.EVAL_PASS_PERMILLE,
          "speed", HealthFigure.MILLITOKENS_PER_SECOND,
          "crashes", HealthFigure.CRASHES);

  private static final Map<String, Unreachable> SILENCE =
      Map.of(
          "failed", Unreachable.UNREACHABLE_FAILED,
          "ignored", Unreachable.UNREACHABLE_IGNORED);

  @Option(
      names = "--gate",
      paramLabel = "PERCENT",
      description = "Successes that a group needs before the next starts. Default: 100.")
  private int successPercent = 100;

  @Option(
      names = "--gate-failures",
      paramLabel = "PERCENT",
      description = "Failures that stop the job. Default: what --gate leaves.")
  private int failurePercent;

  @Option(
      names = "--gate-min",
      paramLabel = "N",
      description = "Ends before the gate is asked. Default: the whole group.")
  private int minimum;

  @Option(names = "--soak", paramLabel = "SECONDS", description = "Watch each group so long.")
  private long soakSeconds;

  @Option(
      names = "--group-deadline",
      paramLabel = "SECONDS",
      description = "Then who did not end counts as unreachable.")
  private long deadlineSeconds;

  @Option(
      names = "--unreachable",
      paramLabel = "AS",
      description = "What silence counts as: failed (default) or ignored.")
  private String unreachable = "failed";

  @Option(
      names = "--health",
      paramLabel = "FIGURE=LIMIT",
      description = {
        "What devices must tell: eval=PERMILLE or speed=MILLITOKENS at least, crashes=N at",
        "most; then ,percent=P of the devices and ,min=N of them told; repeatable."
      })
  private @Nullable List<String> health;

  @Option(
      names = "--on-gate",
      paramLabel = "ACTION",
      description = "When the gate fails: abort (default), pause or roll-back.")
  private String action = "abort";

  Gate gate() {
    Gate.Builder gate =
        Gate.newBuilder()
            .setMinimumEnded(minimum)
            .setSuccessPercent(successPercent)
            .setFailurePercent(failurePercent)
            .setSoakSeconds(soakSeconds)
            .setDeadlineSeconds(deadlineSeconds)
            .setUnreachable(Words.one("--unreachable", unreachable, SILENCE))
            .setOnFailure(Words.one("--on-gate", action, ACTIONS));
    for (String check : health == null ? List.<String>of() : health) {
      gate.addHealth(check(check));
    }
    return gate.build();
  }

  /** Returns whether any of its options was given. */
  boolean isGiven() {
    return !gate().equals(new GateOptions().gate());
  }

  private static HealthCheck check(String text) {
    Words words = Words.parse("--health", text);
    HealthCheck.Builder check =
        HealthCheck.newBuilder()
            .setFigure(Words.one("--health", words.first(), FIGURES))
            .setLimit(words.number(words.first(), 0));
    check.setDevicesPercent((int) words.percent("percent", 0) / 100);
    check.setDevicesMinimum((int) words.number("min", 0));
    words.done();
    return check.build();
  }
}
