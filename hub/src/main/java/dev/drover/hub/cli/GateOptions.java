package dev.drover.hub.cli;

import dev.drover.v1.Gate;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import dev.drover.v1.StopAction;
import dev.drover.v1.Unreachable;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  private @Nullable Integer failurePercent;

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
        "most; then ,percent=P of the devices and ,min=N of them told, and ,group=N for",
        "that group alone; repeatable."
      })
  private @Nullable List<String> health;

  @Option(
      names = "--on-gate",
      paramLabel = "ACTION",
      description = "When the gate fails: abort (default), pause or roll-back.")
  private String action = "abort";

  @Option(
      names = "--gate-of",
      paramLabel = "GROUP=PERCENT",
      description = {
        "Another gate for one group, counted from 1: 2=95 and then ,failures=P ,min=N",
        ",soak=S ,deadline=S ,unreachable=AS ,do=ACTION; what it does not name is as for",
        "all; repeatable."
      })
  private @Nullable List<String> others;

  /**
   * Returns the gates of a job's groups.
   *
   * @param groups how many there are
   */
  List<Gate> gates(int groups) {
    List<Gate.Builder> gates = new ArrayList<>();
    for (int i = 0; i < groups; i++) {
      gates.add(forAll());
    }
    Set<Integer> named = new HashSet<>();
    for (String other : or(others)) {
      Words words = Words.parse("--gate-of", other);
      int group = group(words.first(), "--gate-of", groups);
      if (!named.add(group)) {
        throw new DroverException(
            ErrorCode.INVALID_ARGUMENT,
            "--gate-of names each group once, not " + group + " twice.");
      }
      change(gates.get(group - 1), words);
    }
    for (String check : or(health)) {
      Words words = Words.parse("--health", check);
      String only = words.text("group", "");
      int group = only.isEmpty() ? 0 : group(only, "--health", groups);
      HealthCheck built = check(words);
      for (int i = 0; i < groups; i++) {
        if (group == 0 || group == i + 1) {
          gates.get(i).addHealth(built);
        }
      }
    }
    return gates.stream().map(Gate.Builder::build).toList();
  }

  private Gate.Builder forAll() {
    Gate.Builder gate = Gate.newBuilder();
    if (failurePercent != null) {
      gate.setFailurePercent(failurePercent);
    }
    return gate.setMinimumEnded(minimum)
        .setSuccessPercent(successPercent)
        .setSoakSeconds(soakSeconds)
        .setDeadlineSeconds(deadlineSeconds)
        .setUnreachable(Words.one("--unreachable", unreachable, SILENCE))
        .setOnFailure(Words.one("--on-gate", action, ACTIONS));
  }

  private static void change(Gate.Builder gate, Words words) {
    gate.setSuccessPercent(words.wholePercent(words.first(), 0, 0))
        .setMinimumEnded(words.count("min", gate.getMinimumEnded()))
        .setSoakSeconds(words.number("soak", gate.getSoakSeconds()))
        .setDeadlineSeconds(words.number("deadline", gate.getDeadlineSeconds()));
    int failures =
        words.wholePercent("failures", gate.hasFailurePercent() ? gate.getFailurePercent() : -1, 0);
    if (failures >= 0) {
      gate.setFailurePercent(failures);
    }
    String silence = words.text("unreachable", "");
    if (!silence.isEmpty()) {
      gate.setUnreachable(Words.one("unreachable", silence, SILENCE));
    }
    String then = words.text("do", "");
    if (!then.isEmpty()) {
      gate.setOnFailure(Words.one("do", then, ACTIONS));
    }
    words.done();
  }

  private static int group(String number, String option, int groups) {
    if (!number.matches("[1-9][0-9]{0,3}") || Integer.parseInt(number) > groups) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          option + " names a group of the job, which has " + groups + ", from 1.");
    }
    return Integer.parseInt(number);
  }

  private static List<String> or(@Nullable List<String> given) {
    return given == null ? List.of() : given;
  }

  /** Returns whether any of its options was given. */
  boolean isGiven() {
    boolean named = health != null || others != null;
    return named || !forAll().build().equals(new GateOptions().forAll().build());
  }

  private static HealthCheck check(Words words) {
    HealthCheck.Builder check =
        HealthCheck.newBuilder()
            .setFigure(Words.one("--health", words.first(), FIGURES))
            .setLimit(words.number(words.first(), 0));
    check.setDevicesPercent(words.wholePercent("percent", 0, 1));
    check.setDevicesMinimum(words.count("min", 0));
    words.done();
    return check.build();
  }
}
