package dev.drover.hub.core;

import dev.drover.hub.v1.CancelExecution;
import dev.drover.hub.v1.Connected;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.ExecutionRow;
import dev.drover.hub.v1.Grant;
import dev.drover.machine.Machine;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.machine.Table;
import dev.drover.v1.Lease;
import dev.drover.wire.ErrorCode;

/**
 * What one device was granted: its executions, and the numbered commands that carry the leases and
 * are kept until the device acknowledges them.
 */
public final class ExecutionMachine implements Machine<ExecutionEnvelope> {
  /** How long after a lease or deadline the hub waits for the device's own word, milliseconds. */
  public static final long GRACE_MS = 5_000;

  /** Most commands that wait for one device; a grant beyond is refused. */
  public static final int PENDING_MAX = 1000;

  /** Executions that a device is given at a time where the configuration does not say. */
  public static final int PLACES_DEFAULT = 8;

  /** Most executions of one device that did not end; a grant beyond is refused. */
  public static final int ACTIVE_MAX = 500;

  /** States of an execution. */
  public enum State {
    /** Not granted. */
    NONE,
    /** Granted, and waits on the hub behind others of the device. */
    QUEUED,
    /** Granted, not acknowledged. */
    GRANTED,
    /** Durable on the device. */
    ACCEPTED,
    /** Started. */
    RUNNING,
    /** Ended well. */
    SUCCEEDED,
    /** Ended badly. */
    FAILED,
    /** Refused before anything was started. */
    REJECTED,
    /** Nobody knows whether its effect happened. */
    OUTCOME_UNKNOWN,
    /** Stopped on request. */
    CANCELLED,
    /** No word in time. */
    UNREACHABLE,
    /** Started, and neither ended nor got on in time. */
    TIMED_OUT
  }

  /** What can happen to an execution. */
  public enum Event {
    /** The job grants an attempt. */
    GRANT,
    /** There is a place for it on the device. */
    PROMOTE,
    /** It waited on the hub for too long. */
    QUEUE_EXPIRED,
    /** The device did not accept it in time. */
    OFFER_EXPIRED,
    /** It runs for too long. */
    RUN_EXPIRED,
    /** It has not got on for too long. */
    STEP_EXPIRED,
    /** The device has made it durable. */
    ACCEPT,
    /** The device has started it or got on with it. */
    START,
    /** The device reports success. */
    SUCCEED,
    /** The device reports failure. */
    FAIL,
    /** The device refused it. */
    REJECT,
    /** The device cannot say what happened. */
    LOSE,
    /** The device stopped it. */
    STOP,
    /** The lease ran out. */
    LEASE_EXPIRED,
    /** The deadline passed. */
    DEADLINE,
    /** The job takes it back. */
    CANCEL,
    /** The device lost its store. */
    NEW_LIFE,
    /** The device was revoked. */
    GONE
  }

  /** The transitions. */
  public static final Table<State, Event> TABLE = table();

  private static Table<State, Event> table() {
    Table.Builder<State, Event> rows = Table.startingAt(State.NONE, Event.class);
    // What a pause took back was cancelled, and is granted again when the job goes on.
    State[] startable = {
      State.NONE, State.FAILED, State.REJECTED, State.UNREACHABLE, State.CANCELLED, State.TIMED_OUT
    };
    for (State state : startable) {
      rows.on(state, Event.GRANT, State.GRANTED, State.QUEUED, State.UNREACHABLE, State.REJECTED);
    }
    rows.on(State.QUEUED, Event.PROMOTE, State.GRANTED);
    rows.on(State.QUEUED, Event.QUEUE_EXPIRED, State.REJECTED);
    rows.on(State.QUEUED, Event.DEADLINE, State.REJECTED);
    rows.on(State.QUEUED, Event.CANCEL, State.CANCELLED);
    rows.on(State.QUEUED, Event.GONE, State.UNREACHABLE).stay(State.QUEUED, Event.NEW_LIFE);
    rows.on(State.GRANTED, Event.OFFER_EXPIRED, State.UNREACHABLE);
    rows.on(State.RUNNING, Event.RUN_EXPIRED, State.TIMED_OUT);
    rows.on(State.RUNNING, Event.STEP_EXPIRED, State.TIMED_OUT);
    for (State state : new State[] {State.GRANTED, State.ACCEPTED, State.RUNNING}) {
      rows.on(state, Event.DEADLINE, State.UNREACHABLE);
    }
    // Whatever else a device says of it, it has accepted it, and has started what it lost.
    for (State state : new State[] {State.ACCEPTED, State.RUNNING}) {
      ends(rows, state).on(state, Event.START, State.RUNNING);
    }
    rows.on(State.RUNNING, Event.LOSE, State.OUTCOME_UNKNOWN);
    // What comes after the hub gave up is still the truth.
    for (State state : new State[] {State.UNREACHABLE, State.TIMED_OUT}) {
      ends(rows, state).on(state, Event.LOSE, State.OUTCOME_UNKNOWN).stay(state, Event.START);
    }
    rows.stay(State.UNREACHABLE, Event.ACCEPT);
    rows.on(State.GRANTED, Event.ACCEPT, State.ACCEPTED).stay(State.ACCEPTED, Event.ACCEPT);
    rows.on(State.GRANTED, Event.LEASE_EXPIRED, State.UNREACHABLE);
    rows.on(State.GRANTED, Event.CANCEL, State.CANCELLED, State.GRANTED);
    rows.stay(State.ACCEPTED, Event.CANCEL).stay(State.RUNNING, Event.CANCEL);
    rows.on(State.GRANTED, Event.NEW_LIFE, State.GRANTED, State.OUTCOME_UNKNOWN);
    rows.on(State.ACCEPTED, Event.NEW_LIFE, State.OUTCOME_UNKNOWN);
    rows.on(State.RUNNING, Event.NEW_LIFE, State.OUTCOME_UNKNOWN);
    rows.on(State.GRANTED, Event.GONE, State.UNREACHABLE);
    rows.on(State.ACCEPTED, Event.GONE, State.UNREACHABLE);
    rows.on(State.RUNNING, Event.GONE, State.OUTCOME_UNKNOWN);
    return rows.build();
  }

  private static Table.Builder<State, Event> ends(Table.Builder<State, Event> rows, State state) {
    return rows.on(state, Event.SUCCEED, State.SUCCEEDED)
        .on(state, Event.FAIL, State.FAILED)
        .on(state, Event.REJECT, State.REJECTED)
        .on(state, Event.STOP, State.CANCELLED);
  }

  private final int placesMax;

  /** Makes the machine with {@link #PLACES_DEFAULT}. */
  public ExecutionMachine() {
    this(PLACES_DEFAULT);
  }

  /**
   * Makes the machine.
   *
   * @param placesMax executions that a device is given at a time; more wait on the hub
   */
  public ExecutionMachine(int placesMax) {
    this.placesMax = placesMax;
  }

  @Override
  public String name() {
    return MachineKeys.EXECUTION;
  }

  @Override
  public ExecutionEnvelope decode(byte[] event) {
    return StoredRows.event(event, ExecutionEnvelope.parser());
  }

  @Override
  public Step step(RowReader own, ExecutionEnvelope event, long nowMs) {
    ExecutionChange change = new ExecutionChange(own, nowMs, placesMax);
    switch (event.getKindCase()) {
      case GRANT -> grant(change, event.getGrant());
      case CANCEL -> cancel(change, event.getCancel());
      case SAID -> DeviceReports.take(change, event.getSaid());
      case CONNECTED -> connected(change, event.getConnected());
      case TIMER -> ExecutionTimers.fired(change, event.getTimer());
      case RESEND -> change.queue.resendDue();
      case GONE -> gone(change);
      case CRASHES -> DeviceReports.crashes(change, event.getCrashes().getCrashes());
      case MOVE_EPOCH -> {
        if (event.getMoveEpoch().getHubEpoch() > change.head.getHubEpoch()) {
          change.sentMaybe();
          change.queue.renumber(event.getMoveEpoch().getHubEpoch());
        }
      }
      case CONFIGURE -> change.queue.configure(event.getConfigure());
      case KIND_NOT_SET -> throw DeviceMachine.unknownEvent();
    }
    return change.done();
  }

  private static void grant(ExecutionChange change, Grant grant) {
    Lease lease = grant.getLease();
    ExecutionRow.Builder row = change.find(lease.getExecution());
    State before = row == null ? State.NONE : ExecutionRows.stateOf(row);
    if (row != null && row.getExecution().getAttempt() >= lease.getAttempt()) {
      return;
    }
    if (row != null && !TABLE.allows(before, Event.GRANT)) {
      // The end of the attempt before came late: it is the end of this one too.
      row.getExecutionBuilder().setAttempt(lease.getAttempt());
      change.tellJob(row);
      return;
    }
    ExecutionRow.Builder granted = change.create(grant, row == null ? 0 : row.getServed());
    State to = change.line.hasPlace(granted) ? State.GRANTED : State.QUEUED;
    if (change.head.getGone()) {
      to = State.UNREACHABLE;
      granted.getExecutionBuilder().setError(ErrorCode.CERTIFICATE_REVOKED.number());
    } else if (change.queue.pending() >= PENDING_MAX || change.head.getActive() >= ACTIVE_MAX) {
      to = State.REJECTED;
      granted.getExecutionBuilder().setError(ErrorCode.RESOURCE_EXHAUSTED.number());
    }
    granted.getExecutionBuilder().setState(ExecutionRows.wire(TABLE.move(before, Event.GRANT, to)));
    switch (to) {
      case GRANTED -> change.line.offer(granted, lease);
      case QUEUED -> change.line.add(granted, lease);
      default -> {
        granted.getExecutionBuilder().setEndedMs(change.nowMs);
        change.tellJob(granted);
        return;
      }
    }
    change.open(granted);
  }

  private static void cancel(ExecutionChange change, CancelExecution cancel) {
    ExecutionRow.Builder row = change.find(cancel.getExecution());
    if (row == null || !TABLE.allows(ExecutionRows.stateOf(row), Event.CANCEL)) {
      return;
    }
    State state = ExecutionRows.stateOf(row);
    if (state == State.QUEUED) {
      change.end(row, Event.CANCEL, State.CANCELLED, ErrorCode.CANCELLED);
    } else if (state == State.GRANTED && !row.getSent() && !change.head.getUnsure()) {
      change.queue.withdraw(row, false);
      change.end(row, Event.CANCEL, State.CANCELLED, ErrorCode.CANCELLED);
    } else if (!row.getCancelRequested() || (cancel.getStopRunning() && !row.getStopRequested())) {
      TABLE.move(state, Event.CANCEL, state);
      row.setCancelRequested(true).setStopRequested(cancel.getStopRunning());
      change.queue.withdraw(row, cancel.getStopRunning());
    }
  }

  private static void connected(ExecutionChange change, Connected connected) {
    change.head.setOnline(connected.getOnline()).setGone(false);
    if (connected.getUnmarked()) {
      change.head.setMarked(false).setUnsure(true);
      ExecutionTimers.offerAgain(change);
    }
    if (connected.getOnline()) {
      change.queue.resend();
    }
  }

  private static void gone(ExecutionChange change) {
    for (ExecutionRow.Builder row : change.openRows()) {
      boolean running = ExecutionRows.stateOf(row) == State.RUNNING;
      change.end(
          row,
          Event.GONE,
          running ? State.OUTCOME_UNKNOWN : State.UNREACHABLE,
          ErrorCode.CERTIFICATE_REVOKED);
    }
    change.queue.clear();
    change.head.setGone(true).setOnline(false);
  }
}
