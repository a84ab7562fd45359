package dev.drover.hub.cli;

import dev.drover.config.DataSize;
import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.v1.Execution;
import dev.drover.v1.Group;
import dev.drover.v1.InstallPhase;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.wire.ErrorCode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Jobs and executions in words. */
final class JobView {
  private static final int BAR = 20;

  private JobView() {}

  static String state(Job job) {
    return word(job.getState().name(), "JOB_");
  }

  private static String word(String constant, String prefix) {
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
        + group.getCancelled()
        + group.getUnknown()
        + group.getUnreachable();
  }

  static String done(Job job) {
    int targets = job.getGroupsList().stream().mapToInt(Group::getTargets).sum();
    int ended = job.getGroupsList().stream().mapToInt(JobView::ended).sum();
    return ended + "/" + targets;
  }

  static String text(Terminal terminal, Job job) {
    StringBuilder text = new StringBuilder();
    text.append(job.getJob()).append("  ").append(terminal.bold(job.getSpec().getName()));
    text.append("  ").append(colour(terminal, job)).append('\n');
    if (!job.getCause().isEmpty()) {
      text.append("  ").append(job.getCause()).append('\n');
    }
    for (int i = 0; i < job.getGroupsCount(); i++) {
      text.append(group(i + 1, job.getGroups(i)));
    }
    return text.toString();
  }

  private static String colour(Terminal terminal, Job job) {
    return switch (job.getState()) {
      case JOB_SUCCEEDED -> terminal.green(state(job));
      case JOB_FAILED, JOB_EXPIRED -> terminal.red(state(job));
      case JOB_CANCELLED, JOB_PAUSED, JOB_SUCCEEDED_WITH_FAILURES -> terminal.yellow(state(job));
      default -> state(job);
    };
  }

  private static String group(int number, Group group) {
    int targets = Math.max(1, group.getTargets());
    int filled = ended(group) * BAR / targets;
    return String.format(
        Locale.ROOT,
        "  group %-2d [%s%s] %d/%d  %s%s%n",
        number,
        "#".repeat(filled),
        "-".repeat(BAR - filled),
        ended(group),
        group.getTargets(),
        word(group.getState().name(), "GROUP_"),
        outcomes(group));
  }

  private static String outcomes(Group group) {
    StringBuilder text = new StringBuilder();
    count(text, "in flight", group.getInFlight());
    count(text, "ok", group.getSucceeded());
    count(text, "failed", group.getFailed());
    count(text, "rejected", group.getRejected());
    count(text, "cancelled", group.getCancelled());
    count(text, "unknown", group.getUnknown());
    count(text, "unreachable", group.getUnreachable());
    return text.length() == 0 ? "" : ": " + text;
  }

  private static void count(StringBuilder text, String name, int count) {
    if (count > 0) {
      text.append(text.length() == 0 ? "" : ", ").append(count).append(' ').append(name);
    }
  }

  static String executions(List<Execution> executions) {
    TextTable table = new TextTable("DEVICE", "TRY", "STATE", "ANSWER", "TIME");
    Set<ErrorCode> codes = new LinkedHashSet<>();
    for (Execution execution : executions) {
      if (execution.getError() != 0) {
        codes.add(ErrorCode.ofNumber(execution.getError()));
      }
      table.row(
          execution.getDevice(),
          execution.getAttempt(),
          executionState(execution),
          answer(execution),
          time(execution));
    }
    StringBuilder text = new StringBuilder(table.isEmpty() ? "" : table.render());
    codes.forEach(code -> text.append(code).append(": ").append(code.nextStep()).append('\n'));
    return text.toString();
  }

  private static String executionState(Execution execution) {
    String state = word(execution.getState().name(), "");
    if (execution.getError() != 0) {
      return state + " " + ErrorCode.ofNumber(execution.getError());
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

  private static String answer(Execution execution) {
    Map<String, String> words = new TreeMap<>(execution.getAnswerMap());
    return words.isEmpty()
        ? "-"
        : words.entrySet().stream()
            .map(e -> e.getKey() + "=" + readable(e.getKey(), e.getValue()))
            .collect(Collectors.joining(" "));
  }

  private static String readable(String name, String value) {
    boolean bytes = name.endsWith("_bytes") && value.matches("\\d{1,18}");
    return bytes ? new DataSize(Long.parseLong(value)).forPerson() : value;
  }

  private static String time(Execution execution) {
    int ms = execution.getMeasures().getDurationMs();
    return ms == 0 ? "-" : String.format(Locale.ROOT, "%.1f s", ms / 1000.0);
  }
}
