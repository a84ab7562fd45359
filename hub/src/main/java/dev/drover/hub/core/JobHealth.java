package dev.drover.hub.core;

import dev.drover.hub.v1.DoneRow;
import dev.drover.hub.v1.ExecutionEnded;
import dev.drover.hub.v1.HealthSeen;
import dev.drover.v1.Group;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import dev.drover.v1.HealthTally;
import java.util.Optional;

/** The part of a {@link JobMachine} that counts which devices keep to a gate's figures. Pure. */
final class JobHealth {
  private JobHealth() {}

  /** Counts what came with a successful end. */
  static void measured(JobChange change, ExecutionEnded ended) {
    Group.Builder group = group(change, ended.getTarget());
    for (int i = 0; i < group.getGate().getHealthCount(); i++) {
      HealthCheck check = group.getGate().getHealth(i);
      boolean tells =
          switch (check.getFigure()) {
            case EVAL_PASS_PERMILLE -> ended.hasEvalPassPermille();
            case MILLITOKENS_PER_SECOND -> ended.getMillitokensPerSecond() > 0;
            case CRASHES, HEALTH_FIGURE_UNSPECIFIED, UNRECOGNIZED -> false;
          };
      long figure =
          check.getFigure() == HealthFigure.EVAL_PASS_PERMILLE
              ? ended.getEvalPassPermille()
              : ended.getMillitokensPerSecond();
      if (tells) {
        tally(group, i, 1, figure >= check.getLimit() ? 1 : 0);
      }
    }
  }

  /** Takes how often a device that had succeeded has crashed since. */
  static void seen(JobChange change, HealthSeen seen) {
    String name = JobRows.done(seen.getTarget());
    Optional<DoneRow> found = StoredRows.find(change.own, name, DoneRow.parser());
    if (found.isPresent()) {
      DoneRow before = found.get();
      // A count that falls is of another release or life, and takes nothing back.
      int crashes = Math.max(before.getCrashes(), seen.getCrashes());
      count(change, seen.getTarget(), before, crashes);
      DoneRow after = DoneRow.newBuilder().setReported(true).setCrashes(crashes).build();
      if (!after.equals(before)) {
        change.step.put(name, after.toByteArray());
      }
    }
    JobProgress.settle(change, JobMachine.Event.HEALTH);
  }

  private static void count(JobChange change, int target, DoneRow before, int crashes) {
    Group.Builder group = group(change, target);
    for (int i = 0; i < group.getGate().getHealthCount(); i++) {
      HealthCheck check = group.getGate().getHealth(i);
      if (check.getFigure() == HealthFigure.CRASHES) {
        boolean kept = before.getReported() && before.getCrashes() <= check.getLimit();
        boolean keeps = crashes <= check.getLimit();
        tally(group, i, before.getReported() ? 0 : 1, (keeps ? 1 : 0) - (kept ? 1 : 0));
      }
    }
  }

  private static void tally(Group.Builder group, int check, int reported, int kept) {
    while (group.getHealthCount() <= check) {
      group.addHealthBuilder();
    }
    HealthTally.Builder tally = group.getHealthBuilder(check);
    tally.setReported(tally.getReported() + reported).setKept(tally.getKept() + kept);
  }

  private static Group.Builder group(JobChange change, int target) {
    return change.groups.get(change.groupOf(target)).getGroupBuilder();
  }
}
