package dev.drover.hub.core;

import dev.drover.hub.v1.AttemptRow;
import dev.drover.hub.v1.CancelExecution;
import dev.drover.hub.v1.CancelJob;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.GroupRow;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.StopMore;
import dev.drover.hub.v1.SweepKind;
import dev.drover.machine.Row;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.GroupState;
import dev.drover.v1.HubAction;
import dev.drover.wire.JobStates;
import java.util.List;

/** The part of a {@link JobMachine} that ends a job and takes executions back. Pure. */
final class JobStop {
  static final String DEADLINE_TIMER = "deadline";

  /** Most executions told to stop in one step. */
  static final int STOPS_MAX = 500;

  private JobStop() {}

  static void cancel(JobChange change, CancelJob cancel) {
    boolean again = change.state() == JobMachine.State.CANCELLED;
    change.move(JobMachine.Event.CANCEL, JobMachine.State.CANCELLED);
    if (again) {
      return;
    }
    begin(change, true, "Cancelled by " + cancel.getOperator() + ".");
    change.state(HubAction.JOB_CANCELLED_BY, cancel.getOperator(), cancel.getRequestSha256());
  }

  static void deadline(JobChange change) {
    JobCounts counts = change.forward();
    boolean running = change.state() == JobMachine.State.RUNNING;
    boolean back = change.state() == JobMachine.State.ROLLING_BACK;
    boolean ended = counts.targets() > 0 && counts.ended() == counts.targets();
    if (running && change.row.getContinuous() && ended) {
      JobProgress.finish(change, JobMachine.Event.DEADLINE, counts);
      return;
    }
    change.move(
        JobMachine.Event.DEADLINE, back ? JobMachine.State.ABORTED : JobMachine.State.EXPIRED);
    begin(change, true, back ? JobCauses.notBack(change) : JobCauses.expired(counts));
  }

  /** Ends a job early: nothing more is granted, and what is in flight is taken back. */
  static void begin(JobChange change, boolean stopRunning, String cause) {
    stopGroups(change);
    change.row.setStopRunning(stopRunning);
    finish(change, cause);
    // In a step of its own, which also sees the rows that this one writes.
    sweep(change, StopMore.newBuilder().setKind(SweepKind.SWEEP_END));
  }

  /** Stops every group that did not end. */
  static void stopGroups(JobChange change) {
    for (GroupRow.Builder group : change.groups) {
      switch (group.getGroup().getState()) {
        case GROUP_WAITING, GROUP_RUNNING, GROUP_SOAKING ->
            group.getGroupBuilder().setState(GroupState.GROUP_STOPPED);
        default -> {}
      }
    }
  }

  /** Says why a job ended, and that it did. */
  static void finish(JobChange change, String cause) {
    change.row.setCause(cause).setEndedMs(change.nowMs);
    change.step.cancelTimer(DEADLINE_TIMER);
    change.step.cancelTimer(JobGrants.RETRY_TIMER);
    change.step.cancelTimer(JobRate.TIMER);
    change.row.setRetryTimerMs(0).setRateTimerMs(0);
  }

  /** Takes back what was granted before a roll-back. */
  static void sweepForward(JobChange change) {
    sweep(change, StopMore.newBuilder().setKind(SweepKind.SWEEP_END));
  }

  static void sweepPaused(JobChange change) {
    sweep(change, StopMore.newBuilder().setKind(SweepKind.SWEEP_PAUSE));
  }

  static void sweepGroup(JobChange change, int group) {
    int until =
        change.groups.get(group).getFirst() + change.groups.get(group).getGroup().getTargets();
    String after = JobRows.flight(change.groups.get(group).getFirst() - 1);
    sweep(
        change,
        StopMore.newBuilder()
            .setKind(SweepKind.SWEEP_GROUP)
            .setGroup(group)
            .setAfter(after)
            .setUntil(until));
  }

  private static void sweep(JobChange change, StopMore.Builder stop) {
    change.sendSelf(JobEnvelope.newBuilder().setStopMore(stop));
  }

  /** Takes back a page of what was granted. */
  static void more(JobChange change, StopMore stop) {
    boolean over =
        JobStates.isTerminal(change.row.getState())
            || change.state() == JobMachine.State.ROLLING_BACK;
    boolean paused = change.state() == JobMachine.State.PAUSED;
    boolean meant =
        switch (stop.getKind()) {
          case SWEEP_END, UNRECOGNIZED -> over;
          case SWEEP_PAUSE -> paused;
          case SWEEP_GROUP -> !over;
        };
    if (!meant) {
      change.move(JobMachine.Event.STOP_MORE, change.state());
      return;
    }
    // Row names end in digits, and no digit sorts before an exclamation mark.
    String from = stop.getAfter().isEmpty() ? "" : stop.getAfter() + '!';
    boolean back = change.state() == JobMachine.State.ROLLING_BACK;
    int until = back ? change.groups.get(change.groups.size() - 1).getFirst() : stop.getUntil();
    List<Row> rows = change.own.scan(JobRows.FLIGHT, from, STOPS_MAX);
    boolean more = rows.size() == STOPS_MAX;
    for (Row row : rows) {
      int target = (int) StoredRows.numberAtEnd(row.name());
      if (until > 0 && target >= until) {
        more = false;
        break;
      }
      AttemptRow attempt = StoredRows.parse(row.name(), row.value(), AttemptRow.parser());
      take(change, target, attempt, stop.getKind());
    }
    if (more) {
      sweep(change, stop.toBuilder().setAfter(rows.get(rows.size() - 1).name()));
    } else if (back) {
      change.row.setSweeping(false);
    }
    if (JobStates.isTerminal(change.row.getState())) {
      change.move(JobMachine.Event.STOP_MORE, change.state());
    } else {
      JobProgress.settle(change, JobMachine.Event.STOP_MORE);
    }
  }

  private static void take(JobChange change, int target, AttemptRow attempt, SweepKind kind) {
    boolean flies = !attempt.getWaiting() && !attempt.getHeld();
    if (kind == SweepKind.SWEEP_PAUSE) {
      if (flies && !attempt.getRevoked() && !attempt.getGivenUp()) {
        change.putFlight(target, attempt.toBuilder().setRevoked(true).build());
        tell(change, target, false);
      }
      return;
    }
    boolean group = kind == SweepKind.SWEEP_GROUP;
    if (flies) {
      if (group && !attempt.getGivenUp()) {
        change.putFlight(target, attempt.toBuilder().setGivenUp(true).build());
        change.count(target, ExecutionState.UNREACHABLE, 1);
      }
      tell(change, target, !group && change.row.getStopRunning());
      return;
    }
    if (attempt.getHeld()) {
      change.delete(JobRows.flight(target));
      change.delete(JobRows.held(target));
      change.hold(target, -1);
      change.count(target, group ? ExecutionState.UNREACHABLE : ExecutionState.CANCELLED, 1);
    } else {
      JobRetries.drop(change, target, attempt);
      JobEnds.countForGood(change, target, attempt.getLast(), attempt.getUnsure());
    }
  }

  private static void tell(JobChange change, int target, boolean stopRunning) {
    CancelExecution cancel =
        CancelExecution.newBuilder()
            .setExecution(ExecutionRows.id(change.job(), target))
            .setStopRunning(stopRunning)
            .build();
    change.step.send(
        MachineKeys.EXECUTION,
        MachineKeys.of(change.tenant(), change.target(target).getDevice()),
        ExecutionEnvelope.newBuilder().setCancel(cancel).build().toByteArray());
  }
}
