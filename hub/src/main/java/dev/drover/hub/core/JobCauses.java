package dev.drover.hub.core;

import dev.drover.hub.v1.GroupRow;
import dev.drover.v1.Gate;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthTally;
import dev.drover.wire.HealthLimits;
import java.time.Instant;
import java.util.Locale;

/** Says in words why a job is in its state, and what would move it on. Pure. */
final class JobCauses {
  static final String NOT_BUILT =
      "The hub stopped while it added the targets. Nothing was granted; create the job again.";

  private static final String SPOKEN_SINCE =
      " Devices have spoken since; the groups say what is known now.";

  private JobCauses() {}

  /** Returns the cause of a job that has not ended. */
  static String now(JobChange change) {
    return switch (change.state()) {
      case SCHEDULED ->
          change.row.getBuilt()
              ? "Starts at " + Instant.ofEpochMilli(change.row.getStartMs()) + "."
              : "Its targets are being added.";
      case WAITING_FOR_APPROVAL -> approval(change);
      case RUNNING -> running(change);
      case PAUSED -> paused(change);
      case ROLLING_BACK -> rollingBack(change);
      default -> change.row.getCause();
    };
  }

  private static String approval(JobChange change) {
    int missing = change.spec().getApprovals() - change.row.getApprovalsCount();
    return String.format(
        Locale.ROOT,
        "%d of %d approvals given. Starts when %s, but not %s, approve%s it.",
        change.row.getApprovalsCount(),
        change.spec().getApprovals(),
        missing == 1 ? "1 more approver" : missing + " more approvers",
        change.row.getCreatedBy(),
        missing == 1 ? "s" : "");
  }

  private static String paused(JobChange change) {
    boolean installs = change.spec().getTask().hasInstall();
    StringBuilder text = new StringBuilder(change.row.getStopCause());
    if (change.row.getInFlight() > 0) {
      text.append(' ').append(change.row.getInFlight());
      text.append(" in flight: what a device has started goes on, the rest comes back");
      text.append(installs ? ", also a release that it still fetches or checks." : ".");
    }
    if (change.row.getHeld() > 0) {
      text.append(' ').append(change.row.getHeld()).append(" held.");
    }
    return text.append(' ')
        .append(
            change.row.getPausedByRule()
                ? "Goes on when the rule holds no more and an operator resumes it; or "
                    + instead(change)
                    + "."
                : "Goes on when an operator resumes it.")
        .toString();
  }

  /** Returns what an operator can do in place of going on. */
  static String instead(JobChange change) {
    return change.spec().getTask().hasInstall() ? "roll it back or cancel it" : "cancel it";
  }

  private static String rollingBack(JobChange change) {
    JobCounts back = change.back();
    JobCounts forward = change.forward();
    String rest =
        forward.inFlight() > 0
            ? " Waits for " + forward.inFlight() + " that had been granted the release."
            : "";
    return String.format(
        Locale.ROOT,
        "%s %d of %d changed devices are back.%s",
        change.row.getStopCause(),
        back.succeeded(),
        back.targets(),
        rest);
  }

  static String back(JobChange change) {
    long devices = change.back().targets();
    return change.row.getStopCause()
        + (devices == 1
            ? " The changed device said that it is back."
            : " All " + devices + " changed devices said that they are back.");
  }

  static String notBack(JobChange change) {
    JobCounts back = change.back();
    String unsure =
        change.row.getUnsure() == 0
            ? ""
            : " Of " + change.row.getUnsure() + " others nobody knows whether they were changed.";
    if (back.targets() == 0) {
      return change.row.getStopCause() + " No device had said that it was changed." + unsure;
    }
    String again = again(change, back.targets() - back.succeeded());
    return String.format(
        Locale.ROOT,
        "%s %d of %d changed devices said that they are back.%s%s",
        change.row.getStopCause(),
        back.succeeded(),
        back.targets(),
        unsure,
        again);
  }

  private static String again(JobChange change, long left) {
    if (left == 0) {
      return "";
    }
    long stay = change.groups.get(change.groups.size() - 1).getGroup().getNothingBefore();
    String none =
        String.format(
            Locale.ROOT,
            " %d had no release before this one: publish another and roll it out to %s.",
            stay,
            stay == 1 ? "it" : "them");
    return (stay < left ? " Roll it back again for the rest." : "") + (stay > 0 ? none : "");
  }

  private static String running(JobChange change) {
    int index = Math.min(change.row.getGroup(), change.groups.size() - 1);
    Group group = change.groups.get(index).getGroup();
    if (change.row.getGroup() == change.groups.size()) {
      JobCounts counts = change.forward();
      return counts.ended()
          + " of "
          + counts.targets()
          + " ended"
          + waits(change)
          + "; waits for the rest.";
    }
    String place = change.groups.size() == 1 ? "" : groupName(change, index) + ": ";
    String counts =
        String.format(
            Locale.ROOT, "%s%d of %d ended", place, Gates.settled(group), group.getTargets());
    if (group.getState() == GroupState.GROUP_SOAKING) {
      return counts
          + waits(change)
          + "; the gate holds and is watched for "
          + group.getGate().getSoakSeconds()
          + " s.";
    }
    return counts + waits(change) + next(change, index, group) + ".";
  }

  private static String waits(JobChange change) {
    StringBuilder text = new StringBuilder();
    if (change.row.getRetriesWaiting() > 0) {
      text.append(", ").append(change.row.getRetriesWaiting());
      text.append(" wait for their next attempt");
    }
    if (change.row.getRateTimerMs() > change.nowMs) {
      text.append(", at ").append(change.row.getRatePerMinute()).append(" a minute");
    }
    return text.toString();
  }

  private static String next(JobChange change, int index, Group group) {
    boolean last = index == change.groups.size() - 1;
    if (last && change.row.getContinuous()) {
      return "; devices that match later join it until the deadline";
    }
    String then = last ? "; it is done when " : "; the next group starts when ";
    if (!group.hasGate()) {
      return then + "all ended";
    }
    Gate gate = group.getGate();
    String enough =
        gate.getMinimumEnded() == 0 ? "all ended" : "at least " + Gates.needed(group) + " ended";
    String health = gate.getHealthCount() == 0 ? "" : ", and their figures hold" + untold(group);
    return then
        + enough
        + " and at least "
        + gate.getSuccessPercent()
        + "% of them succeeded"
        + health;
  }

  private static String untold(Group group) {
    for (int i = 0; i < group.getHealthCount(); i++) {
      if (group.getSucceeded() > 0 && !Gates.told(group, i)) {
        return String.format(
            Locale.ROOT,
            " (%d told %s)",
            group.getHealth(i).getReported(),
            HealthLimits.inWords(group.getGate().getHealth(i).getFigure()));
      }
    }
    return "";
  }

  static String gateFailed(JobChange change, int index, boolean closed) {
    Group group = change.groups.get(index).getGroup();
    boolean touched = change.groups.stream().skip(index + 1L).anyMatch(JobCauses::isTouched);
    boolean others = index + 1 < change.groups.size() && !touched;
    return groupName(change, index)
        + " failed its gate"
        + (closed ? " at its deadline: " : ": ")
        + why(group)
        + "."
        + (others ? " Devices of later groups were not touched." : "");
  }

  private static boolean isTouched(GroupRow.Builder group) {
    return group.getGroup().getGranted() > 0;
  }

  private static String why(Group group) {
    if (Gates.tooManyFailed(group)) {
      return String.format(
          Locale.ROOT,
          "%d of %d failed, more than %d%% may",
          Gates.failed(group),
          Gates.ended(group),
          group.getGate().getFailurePercent());
    }
    int check = Gates.failedHealth(group);
    if (check >= 0) {
      HealthTally tally = group.getHealth(check);
      HealthCheck health = group.getGate().getHealth(check);
      return String.format(
          Locale.ROOT,
          "%d of %d devices keep to %s, at least %d%% must",
          tally.getKept(),
          tally.getReported(),
          HealthLimits.inWords(health),
          Gates.percent(health));
    }
    if (Gates.ended(group) < Math.max(1, Gates.needed(group))) {
      return String.format(
          Locale.ROOT,
          "%d ended, at least %d must",
          Gates.ended(group),
          Math.max(1, Gates.needed(group)));
    }
    if (group.getSucceeded() * 100L < group.getGate().getSuccessPercent() * Gates.ended(group)) {
      return String.format(
          Locale.ROOT,
          "%d of %d succeeded, at least %d%% must",
          group.getSucceeded(),
          Gates.ended(group),
          group.getGate().getSuccessPercent());
    }
    return "too few devices told" + untold(group);
  }

  static String expired(JobCounts counts) {
    return "The deadline passed when "
        + counts.ended()
        + " of "
        + counts.targets()
        + " had ended. What had not started was taken back.";
  }

  static String done(JobCounts counts) {
    if (counts.succeeded() == counts.targets()) {
      return counts.targets() == 1
          ? "The execution succeeded."
          : "All " + counts.targets() + " executions succeeded.";
    }
    if (counts.succeeded() == 0) {
      return "None of " + counts.targets() + " executions succeeded; each says why.";
    }
    return counts.succeeded()
        + " of "
        + counts.targets()
        + " executions succeeded; the others say why not.";
  }

  /** Returns the cause of a job that ended, with word that counts have moved since. */
  static String spokenSince(String cause) {
    return cause.endsWith(SPOKEN_SINCE) ? cause : cause + SPOKEN_SINCE;
  }

  /** Returns why an operator cannot have this now. */
  static String refused(JobMachine.Event event, JobMachine.State state) {
    String asked =
        switch (event) {
          case APPROVE, DENY -> "does not wait for approval";
          case PAUSE -> "cannot be paused";
          case RESUME -> "is not paused";
          case ROLL_BACK -> "cannot be rolled back";
          case CANCEL -> "cannot be cancelled";
          default -> "cannot do that";
        };
    String is =
        switch (state) {
          case NONE -> "does not exist";
          case SCHEDULED -> "has not started";
          case WAITING_FOR_APPROVAL -> "waits for approval";
          case RUNNING -> "is running";
          case PAUSED -> "is paused";
          case ROLLING_BACK -> "is being rolled back";
          case SUCCEEDED, SUCCEEDED_WITH_FAILURES, FAILED -> "has ended";
          case ABORTED -> "was aborted";
          case CANCELLED -> "was cancelled";
          case EXPIRED -> "has expired";
          case ROLLED_BACK -> "was rolled back";
        };
    return "The job " + is + "; it " + asked + ".";
  }

  /** Returns what an operator gave as the reason, as the rest of a sentence. */
  static String reason(String reason) {
    return reason.isEmpty() ? "." : ": " + reason + (reason.endsWith(".") ? "" : ".");
  }

  private static String groupName(JobChange change, int index) {
    long groups = change.groups.stream().filter(row -> !row.getGroup().getRollback()).count();
    return "Group " + (index + 1) + " of " + groups;
  }
}
