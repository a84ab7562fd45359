package dev.drover.hub.core;

import com.google.protobuf.ByteString;
import dev.drover.hub.v1.AttemptRow;
import dev.drover.hub.v1.GroupRow;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.JobRow;
import dev.drover.hub.v1.TargetRow;
import dev.drover.machine.Refusal;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Group;
import dev.drover.v1.HubAction;
import dev.drover.v1.JobSpec;
import dev.drover.wire.DroverException;
import dev.drover.wire.JobStates;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  /** Targets that this step adds, which a read does not show yet. */
  private final Map<Integer, TargetRow> added = new HashMap<>();

  private final Set<String> gone = new HashSet<>();
  private @Nullable JobSpec order;

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

  /** Returns the specification but for its devices; not during the step that creates it. */
  JobSpec spec() {
    JobSpec read = order;
    if (read == null) {
      read = JobRows.order(own);
      order = read;
    }
    return read;
  }

  JobMachine.State state() {
    return JobMachine.stateOf(row.getState());
  }

  /** Moves to a state if the table allows it. */
  void move(JobMachine.Event event, JobMachine.State to) {
    JobMachine.TABLE.move(state(), event, to);
    row.setState(JobMachine.wire(to));
  }

  /** Returns the counts of all groups but roll-backs. */
  JobCounts forward() {
    return JobCounts.of(groups, false);
  }

  /** Returns the counts of the roll-back in progress. */
  JobCounts back() {
    return JobCounts.of(groups.subList(groups.size() - 1, groups.size()), true);
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

  TargetRow target(int number) {
    TargetRow fresh = added.get(number);
    if (fresh != null) {
      return fresh;
    }
    return StoredRows.find(own, JobRows.target(number), TargetRow.parser())
        .orElseThrow(() -> new IllegalStateException("There is no target " + number));
  }

  void putTarget(int number, TargetRow target) {
    added.put(number, target);
    step.put(JobRows.target(number), target.toByteArray());
  }

  /** Counts how an execution ended for good, or takes the count back. */
  void count(int target, ExecutionState outcome, int by) {
    Group.Builder group = groups.get(groupOf(target)).getGroupBuilder();
    switch (outcome) {
      case SUCCEEDED -> group.setSucceeded(group.getSucceeded() + by);
      case FAILED -> group.setFailed(group.getFailed() + by);
      case REJECTED -> group.setRejected(group.getRejected() + by);
      case CANCELLED -> group.setCancelled(group.getCancelled() + by);
      case UNREACHABLE -> group.setUnreachable(group.getUnreachable() + by);
      case TIMED_OUT -> group.setTimedOut(group.getTimedOut() + by);
      default -> group.setUnknown(group.getUnknown() + by);
    }
    boolean all = Gates.settled(group.build()) == group.getTargets();
    group.setEndedMs(all ? nowMs : 0);
  }

  /** Changes how many executions are in flight. */
  void fly(int target, int by) {
    GroupRow.Builder group = groups.get(groupOf(target));
    group.getGroupBuilder().setInFlight(group.getGroup().getInFlight() + by);
    row.setInFlight(row.getInFlight() + by);
  }

  /** Changes how many executions are held. */
  void hold(int target, int by) {
    GroupRow.Builder group = groups.get(groupOf(target));
    group.getGroupBuilder().setHeld(group.getGroup().getHeld() + by);
    row.setHeld(row.getHeld() + by);
  }

  void putFlight(int target, AttemptRow attempt) {
    step.put(JobRows.flight(target), attempt.toByteArray());
  }

  /** Deletes a row that a scan in this step may still show. */
  void delete(String name) {
    gone.add(name);
    step.delete(name);
  }

  boolean isGone(String name) {
    return gone.contains(name);
  }

  void timer(String name, long atMs, JobEnvelope.Builder event) {
    step.timer(name, atMs, event.build().toByteArray());
  }

  /** Sends this job an event, to go on in another step. */
  void sendSelf(JobEnvelope.Builder event) {
    step.send(MachineKeys.JOB, own.key(), event.build().toByteArray());
  }

  /** Has it written into the log that something was done to this job. */
  void state(HubAction action, String operator, ByteString request) {
    Statements.send(step, tenant(), Statements.of(action, operator, job()), request, nowMs);
  }

  /** Refuses what an operator asked for, and has that written into the log. */
  void refuse(HubAction action, String operator, ByteString request, DroverException refusal) {
    Statements.send(
        step,
        tenant(),
        Statements.of(action, operator, job()).setError(refusal.code().number()),
        request,
        nowMs);
    step.refuse(Refusal.of(refusal));
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
    if (state() != JobMachine.State.NONE) {
      row.setWaitsFor(JobWaits.of(this));
      if (!JobStates.isTerminal(row.getState())) {
        row.setCause(JobCauses.now(this));
      }
    }
    if (changed || !row.build().equals(rowBefore)) {
      row.setVersion(row.getVersion() + 1);
      step.put(JobRows.JOB, row.build().toByteArray());
    }
    return step.build();
  }
}
