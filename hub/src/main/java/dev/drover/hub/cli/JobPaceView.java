package dev.drover.hub.cli;

import dev.drover.term.Terminal;
import dev.drover.v1.Approval;
import dev.drover.v1.Gate;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.v1.NamedDevices;
import dev.drover.v1.StopAction;
import dev.drover.v1.Unreachable;
import dev.drover.wire.HealthLimits;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What holds a job back, in words: what it waits for, its rate, its approvals, its gates. */
final class JobPaceView {
  private JobPaceView() {}

  static List<String> lines(Job job) {
    List<String> lines = new ArrayList<>();
    String rate = job.getRatePerMinute() == 0 ? "" : ", at " + job.getRatePerMinute() + " a minute";
    if (JobView.waitsForMore(job)) {
      lines.add(JobView.word(job.getWaitsFor().name(), "JOB_") + rate);
    } else if (!rate.isEmpty() && job.getState() == JobState.JOB_RUNNING) {
      lines.add("goes on" + rate);
    }
    if (job.getDeadlineMs() > 0 && job.getEndedMs() == 0) {
      lines.add("ends at " + Terminal.time(job.getDeadlineMs()) + " at the latest");
    }
    if (job.getSpec().hasNamedDevices()) {
      lines.add(named(job.getSpec().getNamedDevices()));
    }
    if (job.getApprovalsCount() > 0) {
      lines.add(
          job.getApprovalsList().stream()
              .map(JobPaceView::approval)
              .collect(Collectors.joining("; ")));
    }
    return lines;
  }

  private static String named(NamedDevices named) {
    String hash = HexFormat.of().formatHex(named.getSha256().toByteArray());
    return String.format(
        Locale.ROOT, "%,d named devices, SHA-256 of their names: %s", named.getCount(), hash);
  }

  private static String approval(Approval approval) {
    return (approval.getApproved() ? "approved" : "denied")
        + " by "
        + approval.getOperator()
        + " at "
        + Terminal.time(approval.getTimeMs());
  }

  /** Returns what a group's gate asks for, while it is asked. */
  static List<String> gate(Group group) {
    boolean asked =
        group.getState() == GroupState.GROUP_RUNNING
            || group.getState() == GroupState.GROUP_SOAKING
            || group.getState() == GroupState.GROUP_FAILED;
    if (!group.hasGate() || !asked) {
      return List.of();
    }
    Gate gate = group.getGate();
    List<String> parts = new ArrayList<>();
    parts.add("gate: " + (gate.getMinimumEnded() == 0 ? "all" : gate.getMinimumEnded()) + " ended");
    parts.add("at least " + gate.getSuccessPercent() + "% ok");
    parts.add("at most " + gate.getFailurePercent() + "% failed");
    if (gate.getUnreachable() == Unreachable.UNREACHABLE_IGNORED) {
      parts.add("silence ignored");
    }
    if (gate.getSoakSeconds() > 0) {
      parts.add("soak " + gate.getSoakSeconds() + " s");
    }
    if (group.getDeadlineMs() > 0) {
      parts.add("by " + Terminal.time(group.getDeadlineMs()));
    }
    if (gate.getOnFailure() != StopAction.ABORT) {
      parts.add("else " + JobView.word(gate.getOnFailure().name(), ""));
    }
    List<String> lines = new ArrayList<>();
    lines.add(String.join(", ", parts));
    for (int i = 0; i < gate.getHealthCount(); i++) {
      lines.add(health(group, i));
    }
    return lines;
  }

  private static String health(Group group, int index) {
    HealthCheck check = group.getGate().getHealth(index);
    boolean counted = index < group.getHealthCount();
    return String.format(
        Locale.ROOT,
        "health: %s: %d told, %d keep to it, %d%% must",
        HealthLimits.inWords(check),
        counted ? group.getHealth(index).getReported() : 0,
        counted ? group.getHealth(index).getKept() : 0,
        check.getDevicesPercent() == 0 ? 100 : check.getDevicesPercent());
  }
}
