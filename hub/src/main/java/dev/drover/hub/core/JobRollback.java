package dev.drover.hub.core;

import dev.drover.hub.v1.ChangeJob;
import dev.drover.hub.v1.CollectMore;
import dev.drover.hub.v1.DeadlinePassed;
import dev.drover.hub.v1.ExecutionEnded;
import dev.drover.hub.v1.GroupRow;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.TargetRow;
import dev.drover.machine.Row;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.HubAction;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;

/**
 * The part of a {@link JobMachine} that brings changed devices back: one more group, whose targets
 * are the devices that had succeeded and those that still do. Pure.
 */
final class JobRollback {
  /** Most roll-backs of one job; each adds a group. */
  static final int ROLLBACKS_MAX = 8;

  private static final int COLLECT_MAX = 256;

  private JobRollback() {}

  static void byOperator(JobChange change, ChangeJob ask) {
    boolean again = change.state() == JobMachine.State.ROLLING_BACK;
    change.move(JobMachine.Event.ROLL_BACK, JobMachine.State.ROLLING_BACK);
    if (again) {
      return;
    }
    if (!change.spec().getTask().hasInstall()) {
      throw new DroverException(
          ErrorCode.ILLEGAL_TRANSITION, "Only a job that installs a release is rolled back.");
    }
    long before = change.groups.stream().filter(row -> row.getGroup().getRollback()).count();
    if (before == ROLLBACKS_MAX) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, "A job is rolled back " + ROLLBACKS_MAX + " times at most.");
    }
    if (change.row.getInFlight() == 0 && change.own.scan(JobRows.DONE, 1).isEmpty()) {
      throw new DroverException(
          ErrorCode.ILLEGAL_TRANSITION, "No device has this job's release from it.");
    }
    begin(change, "Rolled back by " + ask.getOperator() + JobCauses.reason(ask.getReason()));
    change.state(HubAction.JOB_ROLLED_BACK_BY, ask.getOperator(), ask.getRequestSha256());
  }

  /** Stops the job and begins to bring back. */
  static void begin(JobChange change, String cause) {
    JobStop.stopGroups(change);
    long deadlineMs = change.nowMs + change.spec().getDeadlineSeconds() * 1000;
    change
        .row
        .setStopRunning(true)
        .setStopCause(cause)
        .setSweeping(true)
        .setCollecting(true)
        .setCollected(0)
        .setPausedMs(0)
        .setPausedByRule(false)
        .setRetryTimerMs(0)
        .setEndedMs(0)
        .setDeadlineMs(deadlineMs);
    int first = change.row.getTargets() + 1;
    change.groups.add(
        GroupRow.newBuilder()
            .setGroup(
                Group.newBuilder()
                    .setState(GroupState.GROUP_RUNNING)
                    .setStartedMs(change.nowMs)
                    .setRollback(true))
            .setFirst(first)
            .setNext(first));
    change.timer(
        JobStop.DEADLINE_TIMER,
        deadlineMs,
        JobEnvelope.newBuilder().setDeadline(DeadlinePassed.getDefaultInstance()));
    JobStop.sweepForward(change);
    collectMore(change);
  }

  private static void collectMore(JobChange change) {
    change.sendSelf(JobEnvelope.newBuilder().setCollect(CollectMore.getDefaultInstance()));
  }

  /** Adds a page of changed devices. */
  static void collect(JobChange change) {
    if (change.row.getCollecting()) {
      // Row names end in digits, and no digit sorts before an exclamation mark.
      String from = JobRows.done(change.row.getCollected()) + '!';
      List<Row> rows = change.own.scan(JobRows.DONE, from, COLLECT_MAX);
      for (Row row : rows) {
        int changed = (int) StoredRows.numberAtEnd(row.name());
        add(change, changed);
        change.row.setCollected(changed);
      }
      change.row.setCollecting(rows.size() == COLLECT_MAX);
      if (change.row.getCollecting()) {
        collectMore(change);
      }
    }
    settle(change, JobMachine.Event.COLLECT);
  }

  private static void add(JobChange change, int changed) {
    int last = change.groups.size() - 1;
    Group.Builder group = change.groups.get(last).getGroupBuilder();
    TargetRow.Builder target =
        TargetRow.newBuilder()
            .setDevice(change.target(changed).getDevice())
            .setGroup(last)
            .setOf(changed);
    JobTargets.put(change, target);
    group.setTargets(group.getTargets() + 1).setEndedMs(0);
  }

  /** Counts a device that cannot go back because it has nothing to go back to. */
  static void endedForGood(JobChange change, ExecutionEnded ended) {
    boolean nothingBefore =
        ended.getState() == ExecutionState.REJECTED
            && ended.getError() == ErrorCode.NOT_FOUND.number();
    Group.Builder group = change.groups.get(change.groupOf(ended.getTarget())).getGroupBuilder();
    if (nothingBefore && group.getRollback()) {
      group.setNothingBefore(group.getNothingBefore() + 1);
    }
  }

  /** Takes a device in that was changed when its turn to be looked for had passed. */
  static void changedLate(JobChange change, int number) {
    boolean passed = !change.row.getCollecting() || number <= change.row.getCollected();
    if (change.state() == JobMachine.State.ROLLING_BACK && passed) {
      add(change, number);
    }
  }

  /** Grants what fits, and ends the job when nothing is left to bring back or to wait for. */
  static void settle(JobChange change, JobMachine.Event event) {
    JobCounts back = change.back();
    boolean looking = change.row.getSweeping() || change.row.getCollecting();
    if (looking || change.row.getInFlight() > 0 || back.ended() < back.targets()) {
      change.move(event, JobMachine.State.ROLLING_BACK);
      if (!change.row.getSweeping()) {
        JobGrants.grantWhatFits(change);
      }
      return;
    }
    boolean all = back.targets() > 0 && back.succeeded() == back.targets();
    boolean sure = all && change.row.getUnsure() == 0;
    change
        .groups
        .get(change.groups.size() - 1)
        .getGroupBuilder()
        .setState(all ? GroupState.GROUP_PASSED : GroupState.GROUP_FAILED);
    change.move(event, sure ? JobMachine.State.ROLLED_BACK : JobMachine.State.ABORTED);
    JobStop.finish(change, sure ? JobCauses.back(change) : JobCauses.notBack(change));
  }
}
