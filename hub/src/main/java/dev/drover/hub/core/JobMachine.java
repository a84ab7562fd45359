package dev.drover.hub.core;

import dev.drover.hub.v1.AddTargets;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.machine.Machine;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.machine.Table;
import dev.drover.v1.JobState;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * One job: its groups with counters, its targets, gates, rules, rate, retries and deadlines.
 *
 * <p>A step reads and writes counters and the rows of the targets it is about, never all of them; a
 * long turn is cut into steps by events that the machine sends itself.
 */
public final class JobMachine implements Machine<JobEnvelope> {
  /** Most targets of one {@link AddTargets}. */
  public static final int PAGE_MAX = 500;

  /** How long adding the targets may take before the job is given up, milliseconds. */
  public static final long BUILD_MS = 120_000;

  /** States of a job. */
  public enum State {
    /** Not created. */
    NONE,
    /** Its targets are being added, or its start has not come. */
    SCHEDULED,
    /** Operators have to approve it. */
    WAITING_FOR_APPROVAL,
    /** Devices are granted leases, one group after another. */
    RUNNING,
    /** Nothing starts until an operator resumes it. */
    PAUSED,
    /** What it had changed is being brought back. */
    ROLLING_BACK,
    /** Every execution succeeded. */
    SUCCEEDED,
    /** Every execution ended and some succeeded. */
    SUCCEEDED_WITH_FAILURES,
    /** Every execution ended and none succeeded, or it was never built. */
    FAILED,
    /** A gate, a rule or a denied approval ended it, or a roll-back is not known to be complete. */
    ABORTED,
    /** An operator stopped it. */
    CANCELLED,
    /** The deadline passed first. */
    EXPIRED,
    /** Every device that it had changed said that it is back. */
    ROLLED_BACK
  }

  /** What can happen to a job. */
  public enum Event {
    /** An operator asks for it. */
    CREATE,
    /** Targets are added. */
    ADD_TARGETS,
    /** All targets were added. */
    TARGETS_COMPLETE,
    /** Adding the targets took too long. */
    BUILD_EXPIRED,
    /** An operator approves it. */
    APPROVE,
    /** An operator denies it. */
    DENY,
    /** Its start has come. */
    START,
    /** Devices match that did not when it was created. */
    ADD_LATE,
    /** An execution ended. */
    ENDED,
    /** More can be granted. */
    PUMP,
    /** A group was watched for long enough. */
    SOAKED,
    /** A retry is due. */
    RETRY,
    /** A group took too long. */
    GROUP_DEADLINE,
    /** A device that had succeeded tells of crashes. */
    HEALTH,
    /** An operator pauses it. */
    PAUSE,
    /** An operator resumes it. */
    RESUME,
    /** An operator has it rolled back. */
    ROLL_BACK,
    /** More devices are to be brought back. */
    COLLECT,
    /** More executions are to be told to stop. */
    STOP_MORE,
    /** An operator stops it. */
    CANCEL,
    /** The deadline passed. */
    DEADLINE
  }

  /** The transitions. */
  public static final Table<State, Event> TABLE = table();

  private static Table<State, Event> table() {
    Table.Builder<State, Event> rows = Table.startingAt(State.NONE, Event.class);
    rows.on(State.NONE, Event.CREATE, State.SCHEDULED);
    rows.stay(State.SCHEDULED, Event.CREATE).stay(State.SCHEDULED, Event.ADD_TARGETS);
    rows.on(
        State.SCHEDULED,
        Event.TARGETS_COMPLETE,
        State.SCHEDULED,
        State.WAITING_FOR_APPROVAL,
        State.RUNNING);
    rows.on(State.SCHEDULED, Event.BUILD_EXPIRED, State.FAILED);
    rows.on(State.SCHEDULED, Event.START, State.RUNNING);
    rows.on(
        State.WAITING_FOR_APPROVAL,
        Event.APPROVE,
        State.WAITING_FOR_APPROVAL,
        State.SCHEDULED,
        State.RUNNING);
    rows.on(State.WAITING_FOR_APPROVAL, Event.DENY, State.ABORTED);
    progress(rows);
    stops(rows);
    return rows.build();
  }

  private static void progress(Table.Builder<State, Event> rows) {
    for (Event event :
        new Event[] {
          Event.ENDED,
          Event.PUMP,
          Event.SOAKED,
          Event.RETRY,
          Event.GROUP_DEADLINE,
          Event.HEALTH,
          Event.STOP_MORE
        }) {
      rows.on(
          State.RUNNING,
          event,
          State.RUNNING,
          State.PAUSED,
          State.ROLLING_BACK,
          State.ABORTED,
          State.SUCCEEDED,
          State.SUCCEEDED_WITH_FAILURES,
          State.FAILED);
    }
    for (Event event : new Event[] {Event.ENDED, Event.HEALTH, Event.STOP_MORE}) {
      rows.on(State.PAUSED, event, State.PAUSED, State.ROLLING_BACK, State.ABORTED);
    }
    for (Event event :
        new Event[] {Event.ENDED, Event.PUMP, Event.RETRY, Event.COLLECT, Event.STOP_MORE}) {
      rows.on(State.ROLLING_BACK, event, State.ROLLING_BACK, State.ROLLED_BACK, State.ABORTED);
    }
    for (State state :
        new State[] {State.SCHEDULED, State.WAITING_FOR_APPROVAL, State.RUNNING, State.PAUSED}) {
      rows.stay(state, Event.ADD_LATE);
    }
    // Executions that were in flight still end, and what was counted as unreachable may speak.
    for (State state :
        new State[] {
          State.SUCCEEDED_WITH_FAILURES, State.FAILED, State.ABORTED, State.CANCELLED, State.EXPIRED
        }) {
      rows.stay(state, Event.ENDED);
    }
  }

  private static void stops(Table.Builder<State, Event> rows) {
    rows.on(State.RUNNING, Event.PAUSE, State.PAUSED).stay(State.PAUSED, Event.PAUSE);
    rows.on(
        State.PAUSED,
        Event.RESUME,
        State.RUNNING,
        State.SUCCEEDED,
        State.SUCCEEDED_WITH_FAILURES,
        State.FAILED);
    rows.stay(State.RUNNING, Event.RESUME);
    for (State state :
        new State[] {
          State.RUNNING,
          State.PAUSED,
          State.SUCCEEDED,
          State.SUCCEEDED_WITH_FAILURES,
          // A device may say after the end that it was changed all the same.
          State.FAILED,
          State.ABORTED,
          State.CANCELLED,
          State.EXPIRED
        }) {
      rows.on(state, Event.ROLL_BACK, State.ROLLING_BACK);
    }
    rows.stay(State.ROLLING_BACK, Event.ROLL_BACK);
    for (State state :
        new State[] {
          State.SCHEDULED,
          State.WAITING_FOR_APPROVAL,
          State.RUNNING,
          State.PAUSED,
          State.ROLLING_BACK
        }) {
      rows.on(state, Event.CANCEL, State.CANCELLED);
    }
    rows.stay(State.CANCELLED, Event.CANCEL);
    for (State state : new State[] {State.SCHEDULED, State.WAITING_FOR_APPROVAL, State.PAUSED}) {
      rows.on(state, Event.DEADLINE, State.EXPIRED);
    }
    rows.on(
        State.RUNNING,
        Event.DEADLINE,
        State.EXPIRED,
        State.SUCCEEDED,
        State.SUCCEEDED_WITH_FAILURES,
        State.FAILED);
    rows.on(State.ROLLING_BACK, Event.DEADLINE, State.ABORTED);
    for (State state : new State[] {State.ABORTED, State.CANCELLED, State.EXPIRED}) {
      rows.stay(state, Event.STOP_MORE);
    }
  }

  @Override
  public String name() {
    return MachineKeys.JOB;
  }

  @Override
  public JobEnvelope decode(byte[] event) {
    return StoredRows.event(event, JobEnvelope.parser());
  }

  @Override
  public Step step(RowReader own, JobEnvelope event, long nowMs) {
    JobChange change = new JobChange(own, nowMs);
    requireAllowed(change, event.getKindCase());
    switch (event.getKindCase()) {
      case CREATE -> JobTargets.create(change, event.getCreate());
      case ADD_TARGETS -> JobTargets.add(change, event.getAddTargets());
      case TARGETS_COMPLETE -> JobTargets.complete(change);
      case ADD_LATE -> JobTargets.addLate(change, event.getAddLate());
      case APPROVE -> JobApproval.approve(change, event.getApprove());
      case DENY -> JobApproval.deny(change, event.getDeny());
      case PAUSE -> JobPause.byOperator(change, event.getPause());
      case RESUME -> JobPause.resume(change, event.getResume());
      case ROLL_BACK -> JobRollback.byOperator(change, event.getRollBack());
      case CANCEL -> JobStop.cancel(change, event.getCancel());
      case ENDED -> JobEnds.ended(change, event.getEnded());
      case KIND_NOT_SET -> throw DeviceMachine.unknownEvent();
      default -> own(change, event);
    }
    return change.done();
  }

  /** Refuses what an operator asks for in a state that does not allow it, in words. */
  private static void requireAllowed(JobChange change, JobEnvelope.KindCase kind) {
    @Nullable Event event =
        switch (kind) {
          case APPROVE -> Event.APPROVE;
          case DENY -> Event.DENY;
          case PAUSE -> Event.PAUSE;
          case RESUME -> Event.RESUME;
          case ROLL_BACK -> Event.ROLL_BACK;
          case CANCEL -> Event.CANCEL;
          default -> null;
        };
    if (event != null && !TABLE.allows(change.state(), event)) {
      throw new DroverException(
          ErrorCode.ILLEGAL_TRANSITION, JobCauses.refused(event, change.state()));
    }
  }

  /** Takes what the job sent itself; where that comes too late it means nothing any more. */
  private static void own(JobChange change, JobEnvelope event) {
    Event kind =
        switch (event.getKindCase()) {
          case START -> Event.START;
          case PUMP -> Event.PUMP;
          case SOAK -> Event.SOAKED;
          case RETRY -> Event.RETRY;
          case GROUP_DEADLINE -> Event.GROUP_DEADLINE;
          case HEALTH -> Event.HEALTH;
          case COLLECT -> Event.COLLECT;
          case STOP_MORE -> Event.STOP_MORE;
          case DEADLINE -> Event.DEADLINE;
          case BUILD_EXPIRED -> Event.BUILD_EXPIRED;
          default -> throw DeviceMachine.unknownEvent();
        };
    if (!TABLE.allows(change.state(), kind)) {
      return;
    }
    switch (kind) {
      case START -> JobApproval.started(change);
      case RETRY -> {
        change.row.setRetryTimerMs(0);
        JobProgress.settle(change, kind);
      }
      case GROUP_DEADLINE -> JobProgress.groupDeadline(change, event.getGroupDeadline().getGroup());
      case HEALTH -> JobHealth.seen(change, event.getHealth());
      case COLLECT -> JobRollback.collect(change);
      case STOP_MORE -> JobStop.more(change, event.getStopMore());
      case DEADLINE -> JobStop.deadline(change);
      case BUILD_EXPIRED -> JobTargets.buildExpired(change);
      default -> JobProgress.settle(change, kind);
    }
  }

  /** Returns the state of a job in its row. */
  static State stateOf(JobState state) {
    return switch (state) {
      case JOB_SCHEDULED -> State.SCHEDULED;
      case JOB_WAITING_FOR_APPROVAL -> State.WAITING_FOR_APPROVAL;
      case JOB_RUNNING -> State.RUNNING;
      case JOB_PAUSED -> State.PAUSED;
      case JOB_ROLLING_BACK -> State.ROLLING_BACK;
      case JOB_SUCCEEDED -> State.SUCCEEDED;
      case JOB_SUCCEEDED_WITH_FAILURES -> State.SUCCEEDED_WITH_FAILURES;
      case JOB_FAILED -> State.FAILED;
      case JOB_ABORTED -> State.ABORTED;
      case JOB_CANCELLED -> State.CANCELLED;
      case JOB_EXPIRED -> State.EXPIRED;
      case JOB_ROLLED_BACK -> State.ROLLED_BACK;
      case JOB_STATE_UNSPECIFIED, UNRECOGNIZED -> State.NONE;
    };
  }

  static JobState wire(State state) {
    return switch (state) {
      case NONE -> JobState.JOB_STATE_UNSPECIFIED;
      case SCHEDULED -> JobState.JOB_SCHEDULED;
      case WAITING_FOR_APPROVAL -> JobState.JOB_WAITING_FOR_APPROVAL;
      case RUNNING -> JobState.JOB_RUNNING;
      case PAUSED -> JobState.JOB_PAUSED;
      case ROLLING_BACK -> JobState.JOB_ROLLING_BACK;
      case SUCCEEDED -> JobState.JOB_SUCCEEDED;
      case SUCCEEDED_WITH_FAILURES -> JobState.JOB_SUCCEEDED_WITH_FAILURES;
      case FAILED -> JobState.JOB_FAILED;
      case ABORTED -> JobState.JOB_ABORTED;
      case CANCELLED -> JobState.JOB_CANCELLED;
      case EXPIRED -> JobState.JOB_EXPIRED;
      case ROLLED_BACK -> JobState.JOB_ROLLED_BACK;
    };
  }
}
