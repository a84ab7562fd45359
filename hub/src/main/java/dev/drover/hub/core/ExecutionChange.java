package dev.drover.hub.core;

import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.ExecutionEnded;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.ExecutionHead;
import dev.drover.hub.v1.ExecutionRow;
import dev.drover.hub.v1.ExecutionTimer;
import dev.drover.hub.v1.FailureSeen;
import dev.drover.hub.v1.Grant;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.machine.MachineLimits;
import dev.drover.machine.Row;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Lease;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One step of an {@link ExecutionMachine} in the making. Used once, by one thread. */
final class ExecutionChange {
  private static final byte[] PRESENT = {1};

  final RowReader own;
  final long nowMs;
  final ExecutionHead.Builder head;
  final Step.Builder step = Step.builder();
  final CommandQueue queue;
  final DeviceLine line;

  private final ExecutionHead headBefore;
  private final Map<String, ExecutionRow.Builder> touched = new LinkedHashMap<>();

  ExecutionChange(RowReader own, long nowMs, int placesMax) {
    this.own = own;
    this.nowMs = nowMs;
    this.headBefore = ExecutionRows.head(own);
    this.head = headBefore.toBuilder();
    this.queue = new CommandQueue(this);
    this.line = new DeviceLine(this, placesMax);
  }

  String tenant() {
    return MachineKeys.tenant(own.key());
  }

  String device() {
    return MachineKeys.name(own.key());
  }

  /** Returns the row to change, or null where the execution was never granted. */
  ExecutionRow.@Nullable Builder find(String execution) {
    ExecutionRow.Builder known = touched.get(execution);
    if (known != null) {
      return known;
    }
    ExecutionRow.Builder read =
        StoredRows.find(own, ExecutionRows.EXECUTION + execution, ExecutionRow.parser())
            .map(ExecutionRow::toBuilder)
            .orElse(null);
    if (read != null) {
      touched.put(execution, read);
    }
    return read;
  }

  /** Returns the rows of all executions that did not end, to be changed. */
  List<ExecutionRow.Builder> openRows() {
    List<ExecutionRow.Builder> rows = new ArrayList<>();
    for (Row row : own.scan(ExecutionRows.OPEN, MachineLimits.SCAN_ROWS_MAX)) {
      ExecutionRow.Builder open = find(row.name().substring(ExecutionRows.OPEN.length()));
      if (open != null && ExecutionRows.isOpen(open)) {
        rows.add(open);
      }
    }
    return rows;
  }

  /**
   * Notes that the store is a backup: a lease that it never sent may be among those that the hub
   * sent after the backup was made, so nothing that is open counts as unsent any more.
   */
  void sentMaybe() {
    openRows().forEach(row -> row.setSent(true));
  }

  /**
   * Makes the row of an attempt, without a state.
   *
   * @param served when an attempt before it was, by the count of turns
   */
  ExecutionRow.Builder create(Grant grant, long served) {
    Lease lease = grant.getLease();
    Execution.Builder execution =
        Execution.newBuilder()
            .setExecution(lease.getExecution())
            .setJob(lease.getJob())
            .setDevice(device())
            .setGroup(grant.getGroup())
            .setAttempt(lease.getAttempt())
            .setGrantedMs(nowMs);
    ExecutionRow.Builder row =
        ExecutionRow.newBuilder()
            .setExecution(execution)
            .setTarget(grant.getTarget())
            .setLeaseExpiresMs(lease.getExpiresMs())
            .setDeadlineMs(lease.getDeadlineMs())
            .setTimers(grant.getTimers())
            .setServed(served)
            .setInstall(lease.getTask().hasInstall() || lease.getTask().hasRevert())
            .setTool(lease.getTask().hasTool())
            .setWatchCrashes(grant.getWatchCrashes());
    touched.put(lease.getExecution(), row);
    return row;
  }

  /** Begins to watch an execution that was granted. */
  void open(ExecutionRow.Builder row) {
    step.put(ExecutionRows.OPEN + row.getExecution().getExecution(), PRESENT);
    head.setActive(head.getActive() + 1);
    watch(row);
  }

  /** Sets the timer to the next moment at which the execution cannot go on as it is. */
  void watch(ExecutionRow.Builder row) {
    ExecutionTimer timer =
        ExecutionTimer.newBuilder()
            .setExecution(row.getExecution().getExecution())
            .setAttempt(row.getExecution().getAttempt())
            .build();
    step.timer(
        ExecutionRows.EXECUTION + row.getExecution().getExecution(),
        ExecutionTimers.nextMs(row),
        ExecutionEnvelope.newBuilder().setTimer(timer).build().toByteArray());
  }

  /** Ends an open execution for a reason of the hub's, and tells its job. */
  void end(
      ExecutionRow.Builder row,
      ExecutionMachine.Event event,
      ExecutionMachine.State to,
      ErrorCode error) {
    ExecutionMachine.TABLE.move(ExecutionRows.stateOf(row), event, to);
    row.getExecutionBuilder().setState(ExecutionRows.wire(to)).setError(error.number());
    if (to == ExecutionMachine.State.TIMED_OUT || to == ExecutionMachine.State.OUTCOME_UNKNOWN) {
      tellDevice(DeviceEnvelope.newBuilder().setFailure(FailureSeen.getDefaultInstance()));
    }
    close(row);
    tellJob(row);
  }

  /** Stops to watch an execution that ended; its timer finds nothing to do. */
  void close(ExecutionRow.Builder row) {
    row.getExecutionBuilder().setEndedMs(nowMs);
    step.delete(ExecutionRows.OPEN + row.getExecution().getExecution());
    head.setActive(Math.max(0, head.getActive() - 1));
    line.leave(row);
  }

  /** Tells the job how the present attempt ended. */
  void tellJob(ExecutionRow.Builder row) {
    tellJob(row, false, ExecutionState.EXECUTION_STATE_UNSPECIFIED);
  }

  /** Tells the job that an attempt of which it was told something else ended otherwise. */
  void tellJobLate(ExecutionRow.Builder row, ExecutionState before) {
    tellJob(row, true, before);
  }

  private void tellJob(ExecutionRow.Builder row, boolean late, ExecutionState before) {
    Execution execution = row.getExecution();
    boolean sent = row.getSent() || head.getUnsure();
    ExecutionEnded.Builder ended =
        ExecutionEnded.newBuilder()
            .setTarget(row.getTarget())
            .setAttempt(execution.getAttempt())
            .setState(execution.getState())
            .setError(execution.getError())
            .setLate(late)
            .setToldBefore(before)
            .setRisky(row.getTool() && sent)
            .setSent(sent)
            .setMillitokensPerSecond(execution.getMeasures().getMillitokensPerSecond());
    if (execution.getMeasures().hasEvalPassPermille()) {
      ended.setEvalPassPermille(execution.getMeasures().getEvalPassPermille());
    }
    step.send(
        MachineKeys.JOB,
        MachineKeys.of(tenant(), execution.getJob()),
        JobEnvelope.newBuilder().setEnded(ended).build().toByteArray());
  }

  /** Sends an event to the device's machine. */
  void tellDevice(DeviceEnvelope.Builder event) {
    step.send(MachineKeys.DEVICE, own.key(), event.build().toByteArray());
  }

  /** Ends the step: sends what may be sent and writes the rows that were touched. */
  Step done() {
    line.promote();
    queue.flush();
    touched.forEach(
        (execution, row) ->
            step.put(ExecutionRows.EXECUTION + execution, row.build().toByteArray()));
    ExecutionHead headAfter = head.build();
    if (!headAfter.equals(headBefore)) {
      step.put(ExecutionRows.HEAD, headAfter.toByteArray());
    }
    return step.build();
  }
}
