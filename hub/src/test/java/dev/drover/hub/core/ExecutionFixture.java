package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.hub.v1.CancelExecution;
import dev.drover.hub.v1.Connected;
import dev.drover.hub.v1.DeviceGone;
import dev.drover.hub.v1.ExecutionEnded;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.ExecutionHead;
import dev.drover.hub.v1.ExecutionTimer;
import dev.drover.hub.v1.Grant;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.Said;
import dev.drover.v1.AskTask;
import dev.drover.v1.Command;
import dev.drover.v1.CommandMark;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstallTask;
import dev.drover.v1.Lease;
import dev.drover.v1.Task;
import dev.drover.v1.Timers;
import dev.drover.v1.ToolTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One device's executions, without an engine. */
abstract class ExecutionFixture {
  static final long LIFE = 77;
  static final long NOW = 1_000_000;
  static final long LEASE_MS = 60_000;
  static final long DEADLINE_MS = 600_000;
  static final long QUEUE_MS = 50_000;
  static final long OFFER_MS = 40_000;
  static final long RUN_MS = 30_000;
  static final long STEP_MS = 25_000;
  static final Task INSTALL =
      Task.newBuilder().setInstall(InstallTask.getDefaultInstance()).build();
  static final Task ASK = Task.newBuilder().setAsk(AskTask.getDefaultInstance()).build();
  static final Task TOOL = Task.newBuilder().setTool(ToolTask.getDefaultInstance()).build();
  final ExecutionMachine machine;
  final MapRows rows = new MapRows("acme|cam-1");

  /** Of the first execution. */
  Timers limits = Timers.getDefaultInstance();

  ExecutionFixture() {
    this(ExecutionMachine.ACTIVE_MAX);
  }

  ExecutionFixture(int placesMax) {
    machine = new ExecutionMachine(placesMax);
  }

  void send(ExecutionEnvelope.Builder event, long nowMs) {
    rows.step(machine, event.build().toByteArray(), nowMs);
  }

  static ExecutionEnvelope.Builder grant(int target, int attempt, Task task) {
    return grant("j1", target, attempt, task);
  }

  static ExecutionEnvelope.Builder grant(String job, int target, int attempt, Task task) {
    Lease lease =
        Lease.newBuilder()
            .setJob(job)
            .setExecution(ExecutionRows.id(job, target))
            .setAttempt(attempt)
            .setExpiresMs(NOW + LEASE_MS)
            .setDeadlineMs(NOW + DEADLINE_MS)
            .setTask(task)
            .build();
    return ExecutionEnvelope.newBuilder()
        .setGrant(Grant.newBuilder().setLease(lease).setTarget(target).setGroup(0));
  }

  static Said.Builder mark(long epoch, long seq) {
    return Said.newBuilder()
        .setIncarnation(LIFE)
        .setAcked(CommandMark.newBuilder().setHubEpoch(epoch).setSeq(seq));
  }

  void say(Said.Builder said, long nowMs) {
    send(ExecutionEnvelope.newBuilder().setSaid(said), nowMs);
  }

  void reportOf(int target, ExecutionState state) {
    reportOf(ExecutionRows.id("j1", target), 1, state);
  }

  void reportOf(String execution, int attempt, ExecutionState state) {
    report(
        ExecutionReport.newBuilder()
            .setExecution(execution)
            .setAttempt(attempt)
            .setState(state)
            .build(),
        NOW);
  }

  void report(ExecutionState state, int attempt) {
    reportOf("j1-1", attempt, state);
  }

  void report(ExecutionReport report, long nowMs) {
    say(Said.newBuilder().setIncarnation(LIFE).setAcked(now()).addReports(report), nowMs);
  }

  CommandMark now() {
    return CommandMark.newBuilder()
        .setHubEpoch(head().getHubEpoch())
        .setSeq(head().getAckedSeq())
        .build();
  }

  void connect() {
    send(ExecutionEnvelope.newBuilder().setConnected(Connected.newBuilder().setOnline(true)), NOW);
    say(mark(0, 0).setHello(true), NOW);
  }

  ExecutionHead head() {
    return ExecutionRows.head(rows);
  }

  ExecutionState state(int target) {
    return ExecutionRows.execution(rows, "j1-" + target)
        .map(Execution::getState)
        .orElse(ExecutionState.EXECUTION_STATE_UNSPECIFIED);
  }

  List<Command> commands() {
    List<Command> commands = new ArrayList<>();
    rows.owed(Commands.EFFECT)
        .forEach(bytes -> commands.add(StoredRows.event(bytes, Command.parser())));
    return commands;
  }

  List<Long> sent() {
    return commands().stream().map(Command::getSeq).toList();
  }

  Optional<ExecutionEnded> ended() {
    return rows.sent(MachineKeys.JOB).stream()
        .map(bytes -> StoredRows.event(bytes, JobEnvelope.parser()).getEnded())
        .findFirst();
  }

  void bring(ExecutionMachine.State state) {
    if (state == ExecutionMachine.State.NONE) {
      return;
    }
    if (state == ExecutionMachine.State.TIMED_OUT) {
      limits = limit(ExecutionMachine.Event.RUN_EXPIRED);
    } else if (state == ExecutionMachine.State.QUEUED) {
      bringQueued();
      return;
    }
    connect();
    send(timed(1, 1, TOOL, limits), NOW);
    switch (state) {
      case NONE, GRANTED -> {}
      case QUEUED -> throw new IllegalArgumentException("by bringQueued");
      case TIMED_OUT -> {
        report(ExecutionState.RUNNING, 1);
        timer(NOW + RUN_MS + ExecutionMachine.GRACE_MS);
      }
      case ACCEPTED -> say(mark(1, 1), NOW);
      case UNREACHABLE -> timer(NOW + DEADLINE_MS + ExecutionMachine.GRACE_MS);
      default -> report(ExecutionRows.wire(state), 1);
    }
    assertEquals(ExecutionRows.wire(state), state(1));
  }

  /** Brings the first execution behind installations, which come one at a time. */
  private void bringQueued() {
    connect();
    send(grant(2, 1, INSTALL), NOW);
    send(timed(1, 1, INSTALL, limits), NOW);
    assertEquals(ExecutionState.QUEUED, state(1));
    commands();
  }

  /** Returns the limit that this event is about, and no other. */
  static Timers limit(ExecutionMachine.Event event) {
    Timers.Builder limit = Timers.newBuilder();
    switch (event) {
      case QUEUE_EXPIRED -> limit.setQueueSeconds(QUEUE_MS / 1000);
      case OFFER_EXPIRED -> limit.setOfferSeconds(OFFER_MS / 1000);
      case RUN_EXPIRED -> limit.setRunSeconds(RUN_MS / 1000);
      case STEP_EXPIRED -> limit.setStepSeconds(STEP_MS / 1000);
      default -> {}
    }
    return limit.build();
  }

  static ExecutionEnvelope.Builder timed(int target, int attempt, Task task, Timers timers) {
    ExecutionEnvelope.Builder grant = grant(target, attempt, task);
    grant.getGrantBuilder().setTimers(timers);
    return grant;
  }

  void timer(long nowMs) {
    ExecutionTimer timer = ExecutionTimer.newBuilder().setExecution("j1-1").setAttempt(1).build();
    send(ExecutionEnvelope.newBuilder().setTimer(timer), nowMs);
  }

  void happen(ExecutionMachine.Event event) {
    switch (event) {
      case GRANT -> send(grant(1, 2, TOOL), NOW);
      case ACCEPT -> report(ExecutionState.ACCEPTED, 1);
      case START -> report(ExecutionState.RUNNING, 1);
      case SUCCEED -> report(ExecutionState.SUCCEEDED, 1);
      case FAIL -> report(ExecutionState.FAILED, 1);
      case REJECT -> report(ExecutionState.REJECTED, 1);
      case LOSE -> report(ExecutionState.OUTCOME_UNKNOWN, 1);
      case STOP -> report(ExecutionState.CANCELLED, 1);
      case PROMOTE -> reportOf(2, ExecutionState.FAILED);
      case QUEUE_EXPIRED -> timer(NOW + QUEUE_MS);
      case OFFER_EXPIRED -> timer(NOW + OFFER_MS + ExecutionMachine.GRACE_MS);
      case RUN_EXPIRED -> timer(NOW + RUN_MS + ExecutionMachine.GRACE_MS);
      case STEP_EXPIRED -> timer(NOW + STEP_MS + ExecutionMachine.GRACE_MS);
      case LEASE_EXPIRED -> timer(NOW + LEASE_MS + ExecutionMachine.GRACE_MS);
      case DEADLINE -> timer(NOW + DEADLINE_MS + ExecutionMachine.GRACE_MS);
      case CANCEL ->
          send(
              ExecutionEnvelope.newBuilder()
                  .setCancel(CancelExecution.newBuilder().setExecution("j1-1")),
              NOW);
      case NEW_LIFE -> say(Said.newBuilder().setIncarnation(88).setHello(true), NOW);
      case GONE ->
          send(ExecutionEnvelope.newBuilder().setGone(DeviceGone.getDefaultInstance()), NOW);
    }
  }

  static boolean isReport(ExecutionMachine.Event event) {
    return switch (event) {
      case ACCEPT, START, SUCCEED, FAIL, REJECT, LOSE, STOP -> true;
      default -> false;
    };
  }
}
