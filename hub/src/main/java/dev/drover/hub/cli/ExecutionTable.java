package dev.drover.hub.cli;

import dev.drover.config.DataSize;
import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.term.Wrapped;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionMeasures;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstallPhase;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.v1.WaitReason;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Executions as a table, and below it what each of them needs to get on. */
final class ExecutionTable {
  /** Longer answers stand below the table. */
  private static final int ANSWER_CHARS = 36;

  private static final int NAMES_MAX = 3;
  private static final String NO_WAY_BACK =
      "no release was there before this one, so it stays; roll out a better one.";
  private static final String BYTES = "_bytes";
  private static final String PERMILLE = "_permille";
  private static final String MILLICELSIUS = "_millicelsius";

  private ExecutionTable() {}

  /** Returns the table of a job with what stands below it, nothing for no executions. */
  static String of(Job job, List<Execution> executions) {
    boolean paused = job.getState() == JobState.JOB_PAUSED;
    String notGranted = paused ? "held until the job is resumed" : "not granted";
    List<Execution> shown =
        paused ? executions.stream().map(ExecutionTable::held).toList() : executions;
    TextTable table = new TextTable("DEVICE", "TRY", "STATE", "ANSWER", "TIME");
    StringBuilder below = new StringBuilder();
    for (Execution execution : shown) {
      List<String> answer = answer(execution);
      String inOne = answer.isEmpty() ? "-" : String.join(" ", answer);
      boolean fits = inOne.length() <= ANSWER_CHARS;
      table.row(
          execution.getDevice(),
          execution.getAttempt() == 0 ? "-" : execution.getAttempt(),
          execution.getState() == ExecutionState.EXECUTION_STATE_UNSPECIFIED
              ? notGranted
              : (isBack(job, execution) ? "back: " : "") + state(execution),
          fits ? inOne : "below",
          time(execution));
      if (!fits) {
        below.append(Wrapped.hanging(0, 2, execution.getDevice() + ": " + inOne)).append('\n');
      }
    }
    return table.isEmpty() ? "" : table.render() + below + needs(job, shown);
  }

  /** What a pause took back is not over: it is granted again. */
  private static Execution held(Execution execution) {
    return execution.getState() == ExecutionState.CANCELLED
        ? execution.toBuilder().clearState().clearError().build()
        : execution;
  }

  private static boolean isBack(Job job, Execution execution) {
    int group = execution.getGroup();
    return group < job.getGroupsCount() && job.getGroups(group).getRollback();
  }

  /**
   * Returns those that did not end, in at most so many lines.
   *
   * @param stands whether nothing has changed for a while, so that what they need is of interest
   */
  static String underWay(List<Execution> executions, boolean stands, int linesMax) {
    List<Execution> going = executions.stream().filter(ExecutionTable::isGoing).toList();
    String needs = stands ? needs(Job.getDefaultInstance(), going) : "";
    int room = linesMax - 1 - (int) needs.lines().count();
    if (going.isEmpty() || room < 1) {
      return "";
    }
    TextTable table = new TextTable("DEVICE", "TRY", "STATE");
    int shown = going.size() > room ? room - 1 : room;
    going.stream()
        .limit(shown)
        .forEach(one -> table.row(one.getDevice(), one.getAttempt(), state(one)));
    String more = going.size() > room ? "and " + (going.size() - shown) + " more\n" : "";
    return table.render() + more + needs;
  }

  private static boolean isGoing(Execution execution) {
    return switch (execution.getState()) {
      case QUEUED, GRANTED, ACCEPTED, RUNNING -> true;
      default -> false;
    };
  }

  /** Returns what would move the executions on, a paragraph for each need and each error. */
  private static String needs(Job job, List<Execution> executions) {
    Map<String, List<Execution>> needy = new LinkedHashMap<>();
    Set<ErrorCode> codes = new LinkedHashSet<>();
    for (Execution execution : executions) {
      boolean first =
          isBack(job, execution) && execution.getError() == ErrorCode.NOT_FOUND.number();
      String need = first ? NO_WAY_BACK : need(execution);
      if (!need.isEmpty()) {
        needy.computeIfAbsent(need, key -> new ArrayList<>()).add(execution);
      }
      if (execution.getError() != 0 && !first) {
        codes.add(ErrorCode.ofNumber(execution.getError()));
      }
    }
    StringBuilder text = new StringBuilder();
    needy.forEach((need, these) -> paragraph(text, names(these), need(need, these)));
    codes.forEach(code -> paragraph(text, code.name(), code.nextStep()));
    return text.toString();
  }

  private static void paragraph(StringBuilder text, String about, String what) {
    text.append(Wrapped.hanging(0, 2, about + ": " + what)).append('\n');
  }

  private static String names(List<Execution> executions) {
    List<String> first = executions.stream().limit(NAMES_MAX).map(Execution::getDevice).toList();
    int more = executions.size() - first.size();
    return String.join(", ", first) + (more == 0 ? "" : " and " + more + " more");
  }

  private static String need(String need, List<Execution> executions) {
    boolean one = executions.size() == 1;
    String said =
        one
            ? need.replace("EXECUTION", executions.get(0).getExecution())
                .replace("DEVICE", executions.get(0).getDevice())
            : need;
    long untilMs =
        executions.stream().mapToLong(Execution::getUntilMs).filter(ms -> ms > 0).min().orElse(0);
    return untilMs == 0
        ? said
        : said
            + (one ? " If nothing changes it ends at " : " If nothing changes the first ends at ")
            + Terminal.time(untilMs)
            + ".";
  }

  private static String need(Execution execution) {
    if (execution.getWaitsFor() != WaitReason.WAIT_REASON_UNSPECIFIED) {
      return TimingView.need(execution.getWaitsFor());
    }
    return switch (execution.getState()) {
      case QUEUED -> "starts when other work of the device ends; see `drover job ls`.";
      case GRANTED ->
          "has not answered yet; `drover device show DEVICE` says when it was last seen.";
      default -> "";
    };
  }

  private static String state(Execution execution) {
    String state = JobView.word(execution.getState().name(), "");
    if (execution.getError() != 0) {
      return state + " " + ErrorCode.ofNumber(execution.getError());
    }
    if (execution.getWaitsFor() != WaitReason.WAIT_REASON_UNSPECIFIED) {
      return state + TimingView.waits(execution.getWaitsFor());
    }
    if (execution.getInstall() != InstallPhase.INSTALL_PHASE_UNSPECIFIED) {
      return state + ", " + JobView.word(execution.getInstall().name(), "") + progress(execution);
    }
    return state;
  }

  private static String progress(Execution execution) {
    return execution.getInstall() == InstallPhase.FETCHING
        ? " " + execution.getProgressPermille() / 10 + "%"
        : "";
  }

  private static List<String> answer(Execution execution) {
    List<String> answer = new ArrayList<>();
    new TreeMap<>(execution.getAnswerMap()).forEach((k, v) -> answer.add(readable(k, v)));
    if (execution.getInstall() == InstallPhase.COMMITTED) {
      figures(execution.getMeasures(), answer);
    }
    return answer;
  }

  /** What the trial of a release measured. */
  private static void figures(ExecutionMeasures measures, List<String> answer) {
    if (measures.hasEvalPassPermille()) {
      answer.add("eval=" + thousandths(measures.getEvalPassPermille()));
    }
    if (measures.getMillitokensPerSecond() > 0) {
      // Rounded down: it never looks like a limit that it does not reach.
      double speed = Math.floor(measures.getMillitokensPerSecond() / 100.0) / 10;
      answer.add(String.format(Locale.ROOT, "speed=%.1f tok/s", speed));
    }
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
