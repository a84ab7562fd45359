package dev.drover.hub.core;

import dev.drover.hub.v1.AttemptRow;
import dev.drover.hub.v1.CancelExecution;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.GroupRow;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.StopMore;
import dev.drover.machine.Row;
import dev.drover.v1.GroupState;
import java.util.List;

/** The part of a {@link JobMachine} that ends a job. Pure. */
final class JobStop {
  /** Most executions told to stop in one step. */
  static final int STOPS_MAX = 500;

  private JobStop() {}

  /** Ends a job early: nothing more is granted, and what is in flight is taken back. */
  static void begin(JobChange change, boolean stopRunning, String cause) {
    for (GroupRow.Builder group : change.groups) {
      switch (group.getGroup().getState()) {
        case GROUP_WAITING, GROUP_RUNNING, GROUP_SOAKING ->
            group.getGroupBuilder().setState(GroupState.GROUP_STOPPED);
        default -> {}
      }
    }
    change.row.setStopRunning(stopRunning);
    finish(change, cause);
    // In a step of its own, which also sees the rows that this one writes.
    sendMore(change, "");
  }

  /** Says why a job ended, and that it did. */
  static void finish(JobChange change, String cause) {
    change.row.setCause(cause).setEndedMs(change.nowMs);
    change.step.cancelTimer("deadline");
    change.step.cancelTimer("retry");
  }

  /** Takes back a page of what is in flight. */
  static void more(JobChange change, String after) {
    change.move(JobMachine.Event.STOP_MORE, change.state());
    // Row names end in digits, and no digit sorts before an exclamation mark.
    String from = after.isEmpty() ? "" : after + '!';
    List<Row> rows = change.own.scan(JobRows.FLIGHT, from, STOPS_MAX);
    for (Row row : rows) {
      int target = (int) StoredRows.numberAtEnd(row.name());
      AttemptRow attempt = StoredRows.parse(row.name(), row.value(), AttemptRow.parser());
      if (attempt.getWaiting()) {
        change.step.delete(row.name());
        change.count(target, attempt.getLast(), 1);
        change.row.setRetriesWaiting(0);
      } else {
        cancel(change, target);
      }
    }
    for (Row row : change.own.scan(JobRows.RETRY, STOPS_MAX)) {
      change.step.delete(row.name());
    }
    if (rows.size() == STOPS_MAX) {
      sendMore(change, rows.get(rows.size() - 1).name());
    }
  }

  private static void sendMore(JobChange change, String after) {
    change.sendSelf(JobEnvelope.newBuilder().setStopMore(StopMore.newBuilder().setAfter(after)));
  }

  private static void cancel(JobChange change, int target) {
    CancelExecution cancel =
        CancelExecution.newBuilder()
            .setExecution(ExecutionRows.id(change.job(), target))
            .setStopRunning(change.row.getStopRunning())
            .build();
    String device = JobRows.targets(change.own, target, 1).get(0).device();
    change.step.send(
        MachineKeys.EXECUTION,
        MachineKeys.of(change.tenant(), device),
        ExecutionEnvelope.newBuilder().setCancel(cancel).build().toByteArray());
  }
}
