package dev.drover.deploy.sim;

import dev.drover.crypto.Hashes;
import dev.drover.hub.core.ExecutionRows;
import dev.drover.hub.core.JobRows;
import dev.drover.hub.core.MachineKeys;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Gate;
import dev.drover.v1.Group;
import dev.drover.v1.Job;
import dev.drover.v1.Unreachable;
import java.util.Locale;
import java.util.Optional;

/** Holds the gates of jobs against what the devices really did. */
final class GateCheck {
  private final SimWorld world;

  GateCheck(SimWorld world) {
    this.world = world;
  }

  private enum Fate {
    OPEN,
    WELL,
    UNREACHABLE,
    OTHER
  }

  /** What became of the targets of a group. */
  private static final class Tally {
    int ended;
    int well;
    int ignored;
  }

  /** Checks by the devices' own deeds that a gate can have been passed. */
  void check(Job job, int index) {
    Group group = job.getGroups(index);
    if (group.getTargets() == 0) {
      return;
    }
    Gate gate = group.getGate();
    boolean gated = group.hasGate();
    Tally tally = tally(job, index);
    int known = group.getTargets() - tally.ignored;
    int needed =
        !gated || gate.getMinimumEnded() == 0
            ? known
            : Math.min(gate.getMinimumEnded(), group.getTargets());
    if (tally.ended < Math.max(1, needed)) {
      fail(job, index, "%d ended and %d must", tally.ended, Math.max(1, needed));
    }
    if (gated && tally.well * 100L < (long) gate.getSuccessPercent() * needed) {
      fail(
          job,
          index,
          "%d devices did it, and %d percent must",
          tally.well,
          gate.getSuccessPercent());
    }
    if (gate.getHealthCount() > 0 && tally.well == 0) {
      fail(job, index, "%d devices can have told figures, and %d gates ask", 0, 1);
    }
  }

  private void fail(Job job, int index, String what, int first, int second) {
    world
        .invariants()
        .fail(
            Invariants.GATES,
            String.format(Locale.ROOT, "%s went beyond group %d: ", job.getJob(), index + 1)
                + String.format(Locale.ROOT, what, first, second)
                + ".");
  }

  private Tally tally(Job job, int index) {
    Group group = job.getGroups(index);
    boolean ignores = group.getGate().getUnreachable() == Unreachable.UNREACHABLE_IGNORED;
    boolean closed =
        group.getDeadlineMs() > 0 && world.hub().engineNowMs() >= group.getDeadlineMs();
    int first = 1;
    for (int i = 0; i < index; i++) {
      first += job.getGroups(i).getTargets();
    }
    Tally tally = new Tally();
    for (int target = first; target < first + group.getTargets(); target++) {
      Fate fate = fate(job, target);
      boolean silent = fate == Fate.UNREACHABLE || (fate == Fate.OPEN && closed);
      if (silent && ignores) {
        tally.ignored++;
      } else if (silent || fate != Fate.OPEN) {
        tally.ended++;
      }
      tally.well += fate == Fate.WELL ? 1 : 0;
    }
    return tally;
  }

  private Fate fate(Job job, int target) {
    String execution = ExecutionRows.id(job.getJob(), target);
    String device =
        world
            .hub()
            .read(
                MachineKeys.JOB,
                job.getJob(),
                rows -> JobRows.targets(rows, target, 1).stream().findFirst())
            .map(JobRows.Target::device)
            .orElse("");
    Optional<Execution> row =
        world
            .hub()
            .read(MachineKeys.EXECUTION, device, rows -> ExecutionRows.execution(rows, execution));
    if (row.filter(found -> hasEnded(found.getState())).isEmpty()) {
      return Fate.OPEN;
    }
    if (didWell(job, device, row.get())) {
      return Fate.WELL;
    }
    return row.get().getState() == ExecutionState.UNREACHABLE ? Fate.UNREACHABLE : Fate.OTHER;
  }

  private static boolean hasEnded(ExecutionState state) {
    return !Invariants.isOpen(state) && state != ExecutionState.QUEUED;
  }

  private boolean didWell(Job job, String device, Execution row) {
    if (job.getSpec().getTask().hasInstall()) {
      String release =
          Hashes.hex(job.getSpec().getTask().getInstall().getManifestSha256().toByteArray());
      return row.getState() == ExecutionState.SUCCEEDED
          && world.installs().everRan(device, release);
    }
    return world
        .ledger()
        .done(device, row.getExecution(), row.getAttempt())
        .filter(run -> run.succeeded || run.effects > 0)
        .isPresent();
  }
}
