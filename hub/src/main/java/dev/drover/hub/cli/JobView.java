package dev.drover.hub.cli;

import static java.lang.Math.min;

import dev.drover.config.DataSize;
import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.v1.Execution;
import dev.drover.v1.Group;
import dev.drover.v1.InstallPhase;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.v1.PlacementChoice;
import dev.drover.v1.TargetSelection;
import dev.drover.v1.WaitReason;
import dev.drover.wire.ErrorCode;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Jobs and executions in words. */
final class JobView {
  /** Digits of a specification's hash that people type. */
  static final int HASH_CHARS = 8;

  private static final int OTHERS_MAX = 5;
  private static final int BAR = 20;

  /** Longer answers stand below the table. */
  private static final int ANSWER_CHARS = 36;

  private static final String BYTES = "_bytes";
  private static final String PERMILLE = "_permille";
  private static final String MILLICELSIUS = "_millicelsius";

  private JobView() {}

  static String state(Job job) {
    return word(job.getState().name(), "JOB_");
  }

  static String word(String constant, String prefix) {
    String name = constant.startsWith(prefix) ? constant.substring(prefix.length()) : constant;
    return name.toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** Returns 0 for success, 1 for anything else that is final. */
  static int exitCode(Job job) {
    return job.getState() == JobState.JOB_SUCCEEDED ? 0 : 1;
  }

  private static int ended(Group group) {
    return group.getSucceeded()
        + group.getFailed()
        + group.getRejected()
        + group.getTimedOut()
        + group.getCancelled()
        + group.getUnknown()
        + group.getUnreachable();
  }

  static String done(Job job) {
    List<Group> groups = job.getGroupsList().stream().filter(g -> !g.getRollback()).toList();
    int targets = groups.stream().mapToInt(Group::getTargets).sum();
    int ended = groups.stream().mapToInt(JobView::ended).sum();
    return ended + "/" + targets;
  }

  static String text(Terminal terminal, Job job) {
    StringBuilder text = new StringBuilder();
    text.append(job.getJob()).append("  ").append(terminal.bold(job.getSpec().getName()));
    text.append("  ").append(colour(terminal, job)).append('\n');
    if (!job.getCause().isEmpty()) {
      wrap(text, " ", List.of(job.getCause().split(" ")));
    }
    JobPaceView.lines(job).forEach(line -> wrap(text, " ", List.of(line.split(" "))));
    for (int i = 0; i < job.getGroupsCount(); i++) {
      Group group = job.getGroups(i);
      wrap(text, group(i + 1, group), outcomes(group));
      JobPaceView.gate(group).forEach(line -> wrap(text, "          ", List.of(line.split(" "))));
    }
    return text.append(leftOut(terminal, job)).toString();
  }

  /**
   * Names devices that the selector matches and that a job for all of them left out; of a
   * continuous one they may have joined since.
   */
  private static String leftOut(Terminal terminal, Job job) {
    int others = job.getPlan().getOthersCount();
    boolean may = job.getSpec().getSelection() == TargetSelection.CONTINUOUS;
    if (others == 0 || may || job.getSpec().getPlacement().getAny() > 0) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    for (PlacementChoice other :
        job.getPlan().getOthersList().subList(0, min(others, OTHERS_MAX))) {
      text.append("  ").append(terminal.yellow("left out")).append(' ').append(other.getDevice());
      text.append(": ").append(String.join(", ", other.getReasonsList())).append('\n');
    }
    int chosen = Math.max(job.getPlan().getChosen(), job.getPlan().getChoicesCount());
    int more = job.getPlan().getMatched() - chosen - min(others, OTHERS_MAX);
    return more > 0
        ? text.append("  and ").append(more).append(" more\n").toString()
        : text.toString();
  }

  private static String colour(Terminal terminal, Job job) {
    return switch (job.getState()) {
      case JOB_SUCCEEDED -> terminal.green(state(job));
      case JOB_FAILED, JOB_EXPIRED, JOB_ABORTED -> terminal.red(state(job));
      case JOB_CANCELLED,
          JOB_PAUSED,
          JOB_WAITING_FOR_APPROVAL,
          JOB_ROLLING_BACK,
          JOB_ROLLED_BACK,
          JOB_SUCCEEDED_WITH_FAILURES ->
          terminal.yellow(state(job));
      default -> state(job);
    };
  }

  private static String group(int number, Group group) {
    int targets = Math.max(1, group.getTargets());
    int filled = ended(group) * BAR / targets;
    return String.format(
        Locale.ROOT,
        "  %s %-2d [%s%s] %d/%d  %s%s",
        group.getRollback() ? "back " : "group",
        number,
        "#".repeat(filled),
        "-".repeat(BAR - filled),
        ended(group),
        group.getTargets(),
        word(group.getState().name(), "GROUP_"),
        outcomes(group).isEmpty() ? "" : ":");
  }

  private static List<String> outcomes(Group group) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    counts.put("in flight", group.getInFlight());
    counts.put("ok", group.getSucceeded());
    counts.put("failed", group.getFailed());
    counts.put("held", group.getHeld());
    counts.put("rejected", group.getRejected());
    counts.put("timed out", group.getTimedOut());
    counts.put("cancelled", group.getCancelled());
    counts.put("unknown", group.getUnknown());
    counts.put("unreachable", group.getUnreachable());
    counts.values().removeIf(count -> count == 0);
    String text =
        counts.entrySet().stream()
            .map(count -> count.getValue() + " " + count.getKey())
            .collect(Collectors.joining(", "));
    return text.isEmpty() ? List.of() : List.of(text.split(" "));
  }

  static String executions(List<Execution> executions) {
    TextTable table = new TextTable("DEVICE", "TRY", "STATE", "ANSWER", "TIME");
    Set<ErrorCode> codes = new LinkedHashSet<>();
    StringBuilder below = new StringBuilder();
    for (Execution execution : executions) {
      if (execution.getError() != 0) {
        codes.add(ErrorCode.ofNumber(execution.getError()));
      }
      List<String> answer = answer(execution);
      String inOne = answer.isEmpty() ? "-" : String.join(" ", answer);
      boolean fits = inOne.length() <= ANSWER_CHARS;
      table.row(
          execution.getDevice(),
          execution.getAttempt(),
          executionState(execution),
          fits ? inOne : "below",
          time(execution));
      if (!fits) {
        wrap(below, execution.getDevice() + ":", answer);
      }
    }
    codes.forEach(code -> wrap(below, code + ":", List.of(code.nextStep().split(" "))));
    return table.isEmpty() ? "" : table.render() + below;
  }

  /** Appends words as lines within the width of a table, the second and later ones indented. */
  private static void wrap(StringBuilder text, String first, List<String> words) {
    text.append(first);
    int column = first.length();
    for (String word : words) {
      if (column + 1 + word.length() > TextTable.WIDTH) {
        text.append("\n ");
        column = 1;
      }
      text.append(' ').append(word);
      column += 1 + word.length();
    }
    text.append('\n');
  }

  private static String executionState(Execution execution) {
    String state = word(execution.getState().name(), "");
    if (execution.getError() != 0) {
      return state + " " + ErrorCode.ofNumber(execution.getError());
    }
    if (execution.getWaitsFor() != WaitReason.WAIT_REASON_UNSPECIFIED) {
      return state + TimingView.waits(execution.getWaitsFor());
    }
    if (execution.getInstall() != InstallPhase.INSTALL_PHASE_UNSPECIFIED) {
      return state + ", " + word(execution.getInstall().name(), "") + progress(execution);
    }
    return state;
  }

  private static String progress(Execution execution) {
    return execution.getInstall() == InstallPhase.FETCHING
        ? " " + execution.getProgressPermille() / 10 + "%"
        : "";
  }

  private static List<String> answer(Execution execution) {
    return new TreeMap<>(execution.getAnswerMap())
        .entrySet().stream().map(e -> readable(e.getKey(), e.getValue())).toList();
  }

  /** Returns {@code name=value}, with a unit that stands in the name moved to the value. */
  private static String readable(String name, String value) {
    if (!value.matches("-?\\d{1,16}")) {
      return name + "=" + value;
    }
    long number = Long.parseLong(value);
    if (name.endsWith(BYTES) && number >= 0) {
      return without(name, BYTES) + "=" + new DataSize(number).forPerson();
    }
    if (name.endsWith(PERMILLE)) {
      return without(name, PERMILLE) + "=" + thousandths(number);
    }
    if (name.endsWith(MILLICELSIUS)) {
      return without(name, MILLICELSIUS) + "=" + thousandths(number) + " C";
    }
    return name + "=" + value;
  }

  private static String without(String name, String unit) {
    return name.substring(0, name.length() - unit.length());
  }

  private static String thousandths(long number) {
    return String.format(Locale.ROOT, "%.2f", number / 1000.0);
  }

  private static String time(Execution execution) {
    int ms = execution.getMeasures().getDurationMs();
    return ms == 0 ? "-" : String.format(Locale.ROOT, "%.1f s", ms / 1000.0);
  }
}
