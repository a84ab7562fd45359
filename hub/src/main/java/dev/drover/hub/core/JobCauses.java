package dev.drover.hub.core;

import dev.drover.v1.Gate;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import java.util.Locale;

/** Says in words why a job is in its state, and what would move it on. Pure. */
final class JobCauses {
  static final String BUILDING = "Its targets are being added.";
  static final String NOT_BUILT =
      "The hub stopped while it added the targets. Nothing was granted; create the job again.";

  private JobCauses() {}

  static String running(JobChange change) {
    int index = Math.min(change.row.getGroup(), change.groups.size() - 1);
    Group group = change.groups.get(index).getGroup();
    String place = change.groups.size() == 1 ? "" : groupName(change, index) + ": ";
    String counts =
        String.format(
            Locale.ROOT, "%s%d of %d ended", place, Gates.ended(group), group.getTargets());
    String waits = "";
    if (change.row.getRetriesWaiting() > 0) {
      waits = ", " + change.row.getRetriesWaiting() + " wait for their next attempt";
    }
    if (group.getState() == GroupState.GROUP_SOAKING) {
      return counts
          + waits
          + "; the gate holds and is watched for "
          + group.getGate().getSoakSeconds()
          + " s.";
    }
    if (change.row.getGroup() == change.groups.size()) {
      return change.ended()
          + " of "
          + change.targets()
          + " ended"
          + waits
          + "; waits for the rest.";
    }
    return counts + waits + next(change, index, group) + ".";
  }

  private static String next(JobChange change, int index, Group group) {
    boolean last = index == change.groups.size() - 1;
    String then = last ? "; it is done when " : "; the next group starts when ";
    if (!group.hasGate()) {
      return then + "all ended";
    }
    Gate gate = group.getGate();
    String enough =
        gate.getMinimumEnded() == 0 ? "all ended" : "at least " + Gates.needed(group) + " ended";
    return then + enough + " and at least " + gate.getSuccessPercent() + "% of them succeeded";
  }

  static String gateFailed(JobChange change, int index) {
    Group group = change.groups.get(index).getGroup();
    String after =
        index + 1 < change.groups.size() ? " Devices of later groups were not touched." : "";
    String kept =
        Gates.hasFailed(group)
            ? String.format(
                Locale.ROOT,
                "%d of %d failed, more than %d%% may",
                Gates.failed(group),
                Gates.ended(group),
                group.getGate().getFailurePercent())
            : String.format(
                Locale.ROOT,
                "%d of %d succeeded, at least %d%% must",
                group.getSucceeded(),
                Gates.ended(group),
                group.getGate().getSuccessPercent());
    return groupName(change, index) + " failed its gate: " + kept + "." + after;
  }

  static String expired(JobChange change) {
    return "The deadline passed when "
        + change.ended()
        + " of "
        + change.targets()
        + " had ended. What had not started was taken back.";
  }

  static String done(JobChange change) {
    if (change.succeeded() == change.targets()) {
      return change.targets() == 1
          ? "The execution succeeded."
          : "All " + change.targets() + " executions succeeded.";
    }
    if (change.succeeded() == 0) {
      return "None of " + change.targets() + " executions succeeded; each says why.";
    }
    return change.succeeded()
        + " of "
        + change.targets()
        + " executions succeeded; the others say why not.";
  }

  private static String groupName(JobChange change, int index) {
    return "Group " + (index + 1) + " of " + change.groups.size();
  }
}
