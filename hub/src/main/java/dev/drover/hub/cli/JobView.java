package dev.drover.hub.cli;

import static java.lang.Math.min;

import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.term.Wrapped;
import dev.drover.v1.Group;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.v1.JobWait;
import dev.drover.v1.PlacementChoice;
import dev.drover.v1.TargetSelection;
import java.util.List;
import java.util.Locale;

/** Jobs in words. */
final class JobView {
  /** Digits of a specification's hash that people type. */
  static final int HASH_CHARS = 8;

  private static final int OTHERS_MAX = 5;
  private static final int NEXT_INDENT = "  next: ".length();
  private static final String LEFT_OUT = "left out";
  private static final int LEFT_OUT_INDENT = 4;

  private JobView() {}

  static String state(Job job) {
    return word(job.getState().name(), "JOB_");
  }

  /** Returns the state, and of a running job what it waits for where that is not its devices. */
  static String stateAndWait(Job job) {
    boolean more = job.getState() == JobState.JOB_RUNNING && waitsForMore(job);
    return state(job) + (more ? ": " + word(job.getWaitsFor().name(), "JOB_WAITS_FOR_") : "");
  }

  /** Returns whether it waits for anything else than its devices. */
  static boolean waitsForMore(Job job) {
    return job.getWaitsFor() != JobWait.JOB_WAITS_FOR_EXECUTIONS
        && job.getWaitsFor() != JobWait.JOB_WAIT_UNSPECIFIED;
  }

  static String word(String constant, String prefix) {
    String name = constant.startsWith(prefix) ? constant.substring(prefix.length()) : constant;
    return name.toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** Returns what a command that followed a job to its end ends with. */
  static int exitCode(Job job) {
    return switch (job.getState()) {
      case JOB_SUCCEEDED -> 0;
      case JOB_SUCCEEDED_WITH_FAILURES -> 2;
      case JOB_ROLLED_BACK -> 3;
      case JOB_CANCELLED -> 4;
      case JOB_EXPIRED -> 5;
      default -> 1;
    };
  }

  static String done(Job job) {
    List<Group> groups = job.getGroupsList().stream().filter(g -> !g.getRollback()).toList();
    int targets = groups.stream().mapToInt(Group::getTargets).sum();
    int ended = groups.stream().mapToInt(GroupsView::ended).sum();
    return ended + "/" + targets;
  }

  static String text(Terminal terminal, Job job) {
    return text(terminal, job, "");
  }

  /**
   * Returns a job in words.
   *
   * @param timing lines about its windows and conditions, from {@link TimingView}
   */
  static String text(Terminal terminal, Job job, String timing) {
    StringBuilder text = new StringBuilder();
    text.append(job.getJob()).append("  ").append(terminal.bold(name(job)));
    text.append("  ").append(colour(terminal, job)).append('\n');
    if (!job.getCause().isEmpty()) {
      wrap(text, " ", List.of(job.getCause().split(" ")));
    }
    JobPaceView.lines(job).forEach(line -> wrap(text, " ", List.of(line.split(" "))));
    GroupsView.append(text, job.getGroupsList());
    text.append(timing).append(leftOut(terminal, job));
    String next = JobNext.of(job);
    if (!next.isEmpty()) {
      text.append("  next: ").append(Wrapped.text(NEXT_INDENT, next)).append('\n');
    }
    return text.toString();
  }

  /** Returns the job's name, cut where the line would be too long. */
  private static String name(Job job) {
    String name = job.getSpec().getName();
    int room = TextTable.WIDTH - job.getJob().length() - state(job).length() - 4;
    int length = name.codePointCount(0, name.length());
    return length <= room ? name : name.substring(0, name.offsetByCodePoints(0, room - 1)) + "…";
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
      String line = LEFT_OUT + " " + other.getDevice() + ": ";
      line = Wrapped.hanging(2, LEFT_OUT_INDENT, line + String.join(", ", other.getReasonsList()));
      text.append("  ").append(terminal.yellow(LEFT_OUT));
      text.append(line.substring(LEFT_OUT.length())).append('\n');
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

  /** Appends words as lines within the width of a table, the second and later ones indented. */
  static void wrap(StringBuilder text, String first, List<String> words) {
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
}
