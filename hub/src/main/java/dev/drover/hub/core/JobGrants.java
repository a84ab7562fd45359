package dev.drover.hub.core;

import dev.drover.hub.v1.AttemptRow;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.Grant;
import dev.drover.hub.v1.GroupRow;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.Pump;
import dev.drover.hub.v1.TargetRow;
import dev.drover.machine.Row;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import dev.drover.v1.JobSpec;
import dev.drover.v1.Lease;
import dev.drover.v1.RevertTask;
import dev.drover.v1.Task;
import java.util.List;

/**
 * The part of a {@link JobMachine} that grants: first what a pause had taken back, then attempts
 * that are due, then targets that were not tried yet; never beyond the slots and the rate. Pure.
 */
final class JobGrants {
  /** Most grants of one step. */
  static final int GRANTS_MAX = 256;

  static final String RETRY_TIMER = "retry";

  private final JobChange change;
  private int granted;
  private boolean more;
  private boolean starved;

  private JobGrants(JobChange change) {
    this.change = change;
  }

  /** Grants what fits, and sees to it that the job is asked again when more will. */
  static void grantWhatFits(JobChange change) {
    JobGrants grants = new JobGrants(change);
    grants.held();
    grants.retries();
    grants.fresh();
    if (grants.more) {
      change.sendSelf(JobEnvelope.newBuilder().setPump(Pump.getDefaultInstance()));
    } else if (grants.starved) {
      JobRate.arm(change);
    }
  }

  /**
   * Returns whether one more may be granted now; the rate's token is taken then.
   *
   * @param waiting how many that wait for their next attempt keep a slot from it
   */
  private boolean take(int waiting) {
    if (change.row.getInFlight() + waiting >= change.row.getConcurrency()) {
      return false;
    }
    if (granted == GRANTS_MAX) {
      more = true;
      return false;
    }
    if (!JobRate.take(change)) {
      starved = true;
      return false;
    }
    granted++;
    return true;
  }

  /**
   * A device that will be tried again keeps its slot: else each failure that is not final yet would
   * make room for another device, and nothing would bound how many fail. What goes back does not
   * wait for others.
   */
  private int keptSlots() {
    boolean back = change.state() == JobMachine.State.ROLLING_BACK;
    return back ? 0 : change.row.getRetriesWaiting();
  }

  private int room() {
    int slots = change.row.getConcurrency() - change.row.getInFlight();
    return Math.max(0, Math.min(slots, GRANTS_MAX - granted)) + 1;
  }

  private void held() {
    if (change.row.getHeld() == 0) {
      return;
    }
    for (Row row : change.own.scan(JobRows.HELD, room())) {
      if (change.isGone(row.name())) {
        continue;
      }
      if (!take(keptSlots())) {
        return;
      }
      int target = (int) StoredRows.numberAtEnd(row.name());
      AttemptRow held = StoredRows.parse(row.name(), row.value(), AttemptRow.parser());
      change.delete(row.name());
      change.hold(target, -1);
      grant(target, held.getAttempt() + 1, held.getEnds());
    }
  }

  private void retries() {
    if (change.row.getRetriesWaiting() == 0) {
      return;
    }
    for (Row row : change.own.scan(JobRows.RETRY, room())) {
      if (change.isGone(row.name())) {
        continue;
      }
      long dueMs = dueMs(row.name());
      if (dueMs > change.nowMs) {
        if (change.row.getRetryTimerMs() != dueMs) {
          JobRetries.timer(change, dueMs);
        }
        return;
      }
      if (!take(0)) {
        return;
      }
      int target = (int) StoredRows.numberAtEnd(row.name());
      AttemptRow waiting = StoredRows.parse(row.name(), row.value(), AttemptRow.parser());
      change.delete(row.name());
      change.row.setRetriesWaiting(change.row.getRetriesWaiting() - 1);
      grant(target, waiting.getAttempt() + 1, waiting.getEnds());
    }
  }

  private static long dueMs(String row) {
    return Long.parseLong(row, JobRows.RETRY.length(), row.lastIndexOf('/'), 10);
  }

  private void fresh() {
    boolean back = change.state() == JobMachine.State.ROLLING_BACK;
    int last = change.groups.size() - 1;
    int to = back ? last : Math.min(last, change.row.getGroup());
    for (int i = back ? last : 0; i <= to; i++) {
      GroupRow.Builder group = change.groups.get(i);
      int end = group.getFirst() + group.getGroup().getTargets();
      while (group.getNext() < end) {
        if (!take(keptSlots())) {
          return;
        }
        int target = group.getNext();
        group.setNext(target + 1);
        group.getGroupBuilder().setGranted(group.getGroup().getGranted() + 1);
        grant(target, 1, 0);
        if (!back) {
          change.row.setGranted(change.row.getGranted() + 1);
          JobRate.granted(change);
        }
      }
    }
  }

  private void grant(int number, int attempt, int ends) {
    TargetRow target = change.target(number);
    JobSpec spec = change.spec();
    long deadlineMs = change.row.getDeadlineMs();
    long leaseMs = spec.getLeaseSeconds() * 1000;
    Lease.Builder lease =
        Lease.newBuilder()
            .setJob(change.job())
            .setExecution(ExecutionRows.id(change.job(), number))
            .setAttempt(attempt)
            .setNotBeforeMs(change.nowMs)
            .setExpiresMs(Math.min(change.nowMs + leaseMs, deadlineMs))
            .setDeadlineMs(deadlineMs)
            .setPriority(spec.getPriority())
            .setRunSeconds(spec.getTimers().getRunSeconds());
    if (target.getOf() > 0) {
      // At once: what is bad does not wait for a window.
      lease.setTask(revert(spec));
    } else {
      lease.setTask(spec.getTask()).addAllWindows(spec.getWindowsList());
      if (spec.hasConditions()) {
        lease.setConditions(spec.getConditions());
      }
    }
    Grant.Builder grant =
        Grant.newBuilder()
            .setLease(lease)
            .setTarget(number)
            .setGroup(target.getGroup())
            .setWatchCrashes(target.getOf() == 0 && watchesCrashes(target.getGroup()));
    if (spec.hasTimers()) {
      grant.setTimers(spec.getTimers());
    }
    change.step.send(
        MachineKeys.EXECUTION,
        MachineKeys.of(change.tenant(), target.getDevice()),
        ExecutionEnvelope.newBuilder().setGrant(grant).build().toByteArray());
    change.putFlight(number, AttemptRow.newBuilder().setAttempt(attempt).setEnds(ends).build());
    change.fly(number, 1);
  }

  private static Task revert(JobSpec spec) {
    RevertTask revert =
        RevertTask.newBuilder()
            .setManifestSha256(spec.getTask().getInstall().getManifestSha256())
            .build();
    return Task.newBuilder().setRevert(revert).build();
  }

  private boolean watchesCrashes(int group) {
    List<HealthCheck> checks = change.groups.get(group).getGroup().getGate().getHealthList();
    return checks.stream().anyMatch(check -> check.getFigure() == HealthFigure.CRASHES);
  }
}
