package dev.drover.hub.core;

import dev.drover.hub.v1.AttemptRow;
import dev.drover.hub.v1.GroupRow;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.JobRow;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Group;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One step of a {@link JobMachine} in the making. Used once, by one thread. */
final class JobChange {
  final RowReader own;
  final long nowMs;
  final JobRow.Builder row;
  final List<GroupRow.Builder> groups = new ArrayList<>();
  final Step.Builder step = Step.builder();

  private final JobRow rowBefore;
  private final List<GroupRow> groupsBefore;
  private @Nullable JobSpec spec;

  JobChange(RowReader own, long nowMs) {
    this.own = own;
    this.nowMs = nowMs;
    this.rowBefore = JobRows.row(own).orElse(JobRow.getDefaultInstance());
    this.row = rowBefore.toBuilder();
    this.groupsBefore = JobRows.groups(own);
    groupsBefore.forEach(group -> groups.add(group.toBuilder()));
  }

  String tenant() {
    return MachineKeys.tenant(own.key());
  }

  String job() {
    return MachineKeys.name(own.key());
  }

  /** Returns the specification as it was created; not during the step that creates it. */
  JobSpec spec() {
    JobSpec read = spec;
    if (read == null) {
      read = JobRows.spec(own);
      spec = read;
    }
    return read;
  }

  JobMachine.State state() {
    return switch (row.getState()) {
      case JOB_SCHEDULED, JOB_WAITING_FOR_APPROVAL -> JobMachine.State.SCHEDULED;
      case JOB_RUNNING, JOB_PAUSED, JOB_ROLLING_BACK -> JobMachine.State.RUNNING;
      case JOB_SUCCEEDED -> JobMachine.State.SUCCEEDED;
      case JOB_SUCCEEDED_WITH_FAILURES -> JobMachine.State.SUCCEEDED_WITH_FAILURES;
      case JOB_FAILED, JOB_ABORTED, JOB_ROLLED_BACK -> JobMachine.State.FAILED;
      case JOB_CANCELLED -> JobMachine.State.CANCELLED;
      case JOB_EXPIRED -> JobMachine.State.EXPIRED;
      case JOB_STATE_UNSPECIFIED, UNRECOGNIZED -> JobMachine.State.NONE;
    };
  }

  /** Moves to a state if the table allows it. */
  void move(JobMachine.Event event, JobMachine.State to) {
    JobMachine.TABLE.move(state(), event, to);
    row.setState(wire(to));
  }

  /**
   * Moves to a final state, or stays in the one that the job ended in already.
   *
   * @return whether it moved
   */
  boolean moveUnlessEnded(JobMachine.Event event, JobMachine.State to) {
    boolean ended = JobRows.isTerminal(row.getState());
    move(event, ended ? state() : to);
    return !ended;
  }

  /** Returns how many targets the job has when all are added. */
  int targets() {
    return groups.stream().mapToInt(group -> group.getGroup().getTargets()).sum();
  }

  /** Returns how many executions ended for good. */
  long ended() {
    return groups.stream().mapToLong(group -> Gates.ended(group.getGroup())).sum();
  }

  /** Returns how many executions succeeded. */
  long succeeded() {
    return groups.stream().mapToLong(group -> group.getGroup().getSucceeded()).sum();
  }

  /** Returns the group of a target. */
  int groupOf(int target) {
    for (int i = 0; i < groups.size(); i++) {
      GroupRow.Builder group = groups.get(i);
      if (target < group.getFirst() + group.getGroup().getTargets()) {
        return i;
      }
    }
    throw new IllegalStateException("No group has target " + target);
  }

  /** Counts how an execution ended for good. */
  void count(int target, ExecutionState outcome, int by) {
    GroupRow.Builder row = groups.get(groupOf(target));
    Group.Builder group = row.getGroupBuilder();
    switch (outcome) {
      case SUCCEEDED -> group.setSucceeded(group.getSucceeded() + by);
      case FAILED -> group.setFailed(group.getFailed() + by);
      case REJECTED -> group.setRejected(group.getRejected() + by);
      case CANCELLED -> group.setCancelled(group.getCancelled() + by);
      case UNREACHABLE -> group.setUnreachable(group.getUnreachable() + by);
      default -> group.setUnknown(group.getUnknown() + by);
    }
    boolean all = Gates.ended(group.build()) == group.getTargets();
    group.setEndedMs(all ? nowMs : 0);
  }

  /** Changes how many executions are in flight. */
  void fly(int target, int by) {
    GroupRow.Builder group = groups.get(groupOf(target));
    group.getGroupBuilder().setInFlight(group.getGroup().getInFlight() + by);
    row.setInFlight(row.getInFlight() + by);
  }

  void putFlight(int target, AttemptRow attempt) {
    step.put(JobRows.flight(target), attempt.toByteArray());
  }

  void timer(String name, long atMs, JobEnvelope.Builder event) {
    step.timer(name, atMs, event.build().toByteArray());
  }

  /** Sends this job an event, to go on in another step. */
  void sendSelf(JobEnvelope.Builder event) {
    step.send(MachineKeys.JOB, own.key(), event.build().toByteArray());
  }

  /** Ends the step: writes the rows that changed, and counts the change. */
  Step done() {
    boolean changed = false;
    for (int i = 0; i < groups.size(); i++) {
      GroupRow after = groups.get(i).build();
      if (i >= groupsBefore.size() || !after.equals(groupsBefore.get(i))) {
        step.put(JobRows.group(i), after.toByteArray());
        changed = true;
      }
    }
    if (state() == JobMachine.State.RUNNING) {
      row.setCause(JobCauses.running(this));
    }
    if (changed || !row.build().equals(rowBefore)) {
      row.setVersion(row.getVersion() + 1);
      step.put(JobRows.JOB, row.build().toByteArray());
    }
    return step.build();
  }

  private static JobState wire(JobMachine.State state) {
    return switch (state) {
      case NONE -> JobState.JOB_STATE_UNSPECIFIED;
      case SCHEDULED -> JobState.JOB_SCHEDULED;
      case RUNNING -> JobState.JOB_RUNNING;
      case SUCCEEDED -> JobState.JOB_SUCCEEDED;
      case SUCCEEDED_WITH_FAILURES -> JobState.JOB_SUCCEEDED_WITH_FAILURES;
      case FAILED -> JobState.JOB_FAILED;
      case CANCELLED -> JobState.JOB_CANCELLED;
      case EXPIRED -> JobState.JOB_EXPIRED;
    };
  }
}
