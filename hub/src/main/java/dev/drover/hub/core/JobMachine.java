package dev.drover.hub.core;

import com.google.protobuf.ByteString;
import dev.drover.hub.v1.AddTargets;
import dev.drover.hub.v1.BuildExpired;
import dev.drover.hub.v1.CancelJob;
import dev.drover.hub.v1.CreateJob;
import dev.drover.hub.v1.DeadlinePassed;
import dev.drover.hub.v1.GroupRow;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.TargetRow;
import dev.drover.machine.Machine;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.machine.Table;
import dev.drover.v1.Gate;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.HubAction;
import dev.drover.v1.JobSpec;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/**
 * One job: its groups with counters, its targets, gates, retries and deadline.
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
    /** Its targets are being added. */
    SCHEDULED,
    /** Devices are granted leases, one group after another. */
    RUNNING,
    /** Every execution succeeded. */
    SUCCEEDED,
    /** Every execution ended and some succeeded. */
    SUCCEEDED_WITH_FAILURES,
    /** A gate failed, or nothing succeeded. */
    FAILED,
    /** An operator stopped it. */
    CANCELLED,
    /** The deadline passed first. */
    EXPIRED
  }

  /** What can happen to a job. */
  public enum Event {
    /** An operator asks for it. */
    CREATE,
    /** Targets are added. */
    ADD_TARGETS,
    /** All targets were added. */
    TARGETS_COMPLETE,
    /** An execution ended. */
    ENDED,
    /** More can be granted. */
    PUMP,
    /** A group was watched for long enough. */
    SOAKED,
    /** A retry is due. */
    RETRY,
    /** More executions are to be told to stop. */
    STOP_MORE,
    /** An operator stops it. */
    CANCEL,
    /** The deadline passed. */
    DEADLINE,
    /** Adding the targets took too long. */
    BUILD_EXPIRED
  }

  /** The transitions. */
  public static final Table<State, Event> TABLE = table();

  private static final String DEADLINE_TIMER = "deadline";
  private static final String BUILD_TIMER = "build";

  private static Table<State, Event> table() {
    Table.Builder<State, Event> rows = Table.startingAt(State.NONE, Event.class);
    rows.on(State.NONE, Event.CREATE, State.SCHEDULED);
    rows.stay(State.SCHEDULED, Event.CREATE).stay(State.SCHEDULED, Event.ADD_TARGETS);
    rows.on(State.SCHEDULED, Event.TARGETS_COMPLETE, State.RUNNING);
    rows.on(State.SCHEDULED, Event.BUILD_EXPIRED, State.FAILED);
    for (State state : new State[] {State.SCHEDULED, State.RUNNING}) {
      rows.on(state, Event.CANCEL, State.CANCELLED).on(state, Event.DEADLINE, State.EXPIRED);
    }
    for (Event event : new Event[] {Event.ENDED, Event.PUMP, Event.SOAKED, Event.RETRY}) {
      rows.on(
          State.RUNNING,
          event,
          State.RUNNING,
          State.SUCCEEDED,
          State.SUCCEEDED_WITH_FAILURES,
          State.FAILED);
    }
    State[] ended = {
      State.SUCCEEDED, State.SUCCEEDED_WITH_FAILURES, State.FAILED, State.CANCELLED, State.EXPIRED
    };
    for (State state : ended) {
      // Executions that were in flight still end, timers and own events still arrive.
      rows.stay(state, Event.ENDED).stay(state, Event.PUMP).stay(state, Event.SOAKED);
      rows.stay(state, Event.RETRY).stay(state, Event.STOP_MORE).stay(state, Event.DEADLINE);
    }
    for (State state :
        new State[] {
          State.RUNNING,
          State.SUCCEEDED,
          State.SUCCEEDED_WITH_FAILURES,
          State.FAILED,
          State.CANCELLED,
          State.EXPIRED
        }) {
      rows.stay(state, Event.CREATE).stay(state, Event.ADD_TARGETS);
      rows.stay(state, Event.TARGETS_COMPLETE).stay(state, Event.BUILD_EXPIRED);
    }
    return rows.stay(State.CANCELLED, Event.CANCEL).build();
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
    switch (event.getKindCase()) {
      case CREATE -> create(change, event.getCreate());
      case ADD_TARGETS -> addTargets(change, event.getAddTargets());
      case TARGETS_COMPLETE -> targetsComplete(change);
      case ENDED -> JobProgress.ended(change, event.getEnded());
      case PUMP -> JobProgress.pump(change, Event.PUMP);
      case SOAK -> JobProgress.soaked(change, event.getSoak().getGroup());
      case RETRY -> JobProgress.retryDue(change);
      case STOP_MORE -> JobStop.more(change, event.getStopMore().getAfter());
      case CANCEL -> cancel(change, event.getCancel());
      case DEADLINE -> {
        if (change.moveUnlessEnded(Event.DEADLINE, State.EXPIRED)) {
          JobStop.begin(change, true, JobCauses.expired(change));
        }
      }
      case BUILD_EXPIRED -> {
        boolean building = change.state() == State.SCHEDULED;
        change.move(Event.BUILD_EXPIRED, building ? State.FAILED : change.state());
        if (building) {
          JobStop.begin(change, true, JobCauses.NOT_BUILT);
        }
      }
      case KIND_NOT_SET -> throw DeviceMachine.unknownEvent();
    }
    return change.done();
  }

  private static void create(JobChange change, CreateJob create) {
    if (change.state() != State.NONE) {
      if (!change.row.getRequestSha256().equals(create.getRequestSha256())) {
        throw new DroverException(ErrorCode.ALREADY_EXISTS, "There is another job of this id.");
      }
      change.move(Event.CREATE, change.state());
      return;
    }
    change.move(Event.CREATE, State.SCHEDULED);
    JobSpec spec = create.getSpec();
    long deadlineMs = change.nowMs + spec.getDeadlineSeconds() * 1000;
    change
        .row
        .setCreatedMs(change.nowMs)
        .setCreatedBy(create.getOperator())
        .setDeadlineMs(deadlineMs)
        .setConcurrency(spec.getConcurrency())
        .setGroups(create.getGroupSizesCount())
        .setRequestSha256(create.getRequestSha256())
        .setCause(JobCauses.BUILDING);
    change.step.put(JobRows.SPEC, spec.toByteArray());
    change.step.put(JobRows.PLAN, create.getPlan().toByteArray());
    int first = 1;
    for (int i = 0; i < create.getGroupSizesCount(); i++) {
      change.groups.add(group(spec, i, create.getGroupSizes(i), first));
      first += create.getGroupSizes(i);
    }
    change.timer(
        DEADLINE_TIMER,
        deadlineMs,
        JobEnvelope.newBuilder().setDeadline(DeadlinePassed.getDefaultInstance()));
    change.timer(
        BUILD_TIMER,
        change.nowMs + BUILD_MS,
        JobEnvelope.newBuilder().setBuildExpired(BuildExpired.getDefaultInstance()));
    state(change, HubAction.JOB_CREATED, create.getOperator(), create.getRequestSha256());
  }

  private static GroupRow.Builder group(JobSpec spec, int index, int size, int first) {
    Group.Builder group = Group.newBuilder().setState(GroupState.GROUP_WAITING).setTargets(size);
    Gate gate = Gates.of(spec.getGroupsList(), index);
    if (!gate.equals(Gate.getDefaultInstance())) {
      group.setGate(gate);
    }
    return GroupRow.newBuilder().setGroup(group).setFirst(first).setNext(first);
  }

  private static void addTargets(JobChange change, AddTargets add) {
    change.move(Event.ADD_TARGETS, change.state());
    if (change.state() != State.SCHEDULED || add.getPage() < change.row.getPages()) {
      return;
    }
    int after = change.row.getTargets() + add.getDevicesCount();
    boolean fits = add.getDevicesCount() <= PAGE_MAX && after <= change.targets();
    if (add.getPage() > change.row.getPages() || !fits) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "The page of targets does not follow or has too many.");
    }
    for (String device : add.getDevicesList()) {
      int number = change.row.getTargets() + 1;
      TargetRow target =
          TargetRow.newBuilder().setDevice(device).setGroup(change.groupOf(number)).build();
      change.step.put(JobRows.target(number), target.toByteArray());
      change.row.setTargets(number);
    }
    change.row.setPages(change.row.getPages() + 1);
  }

  private static void targetsComplete(JobChange change) {
    if (change.state() != State.SCHEDULED) {
      change.move(Event.TARGETS_COMPLETE, change.state());
      return;
    }
    if (change.row.getTargets() != change.targets()) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "Targets are missing; add every page first.");
    }
    change.move(Event.TARGETS_COMPLETE, State.RUNNING);
    change.step.cancelTimer(BUILD_TIMER);
    JobProgress.start(change);
  }

  private static void cancel(JobChange change, CancelJob cancel) {
    boolean again = change.state() == State.CANCELLED;
    change.move(Event.CANCEL, State.CANCELLED);
    if (again) {
      return;
    }
    JobStop.begin(change, true, "Cancelled by " + cancel.getOperator() + ".");
    state(change, HubAction.JOB_CANCELLED_BY, cancel.getOperator(), cancel.getRequestSha256());
  }

  private static void state(
      JobChange change, HubAction action, String operator, ByteString request) {
    Statements.send(
        change.step,
        change.tenant(),
        Statements.of(action, operator, change.job()),
        request,
        change.nowMs);
  }
}
