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
import dev.drover.v1.Lease;
import dev.drover.v1.Task;
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
  static final Task ASK = Task.newBuilder().setAsk(AskTask.getDefaultInstance()).build();
  static final Task TOOL = Task.newBuilder().setTool(ToolTask.getDefaultInstance()).build();
  final ExecutionMachine machine = new ExecutionMachine();
  final MapRows rows = new MapRows("acme|cam-1");

  void send(ExecutionEnvelope.Builder event, long nowMs) {
    rows.step(machine, event.build().toByteArray(), nowMs);
  }

  static ExecutionEnvelope.Builder grant(int target, int attempt, Task task) {
    Lease lease =
        Lease.newBuilder()
            .setJob("j1")
            .setExecution("j1-" + target)
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

  void report(ExecutionState state, int attempt) {
    ExecutionReport report =
        ExecutionReport.newBuilder()
            .setExecution("j1-1")
            .setAttempt(attempt)
            .setState(state)
            .build();
    say(Said.newBuilder().setIncarnation(LIFE).setAcked(now()).addReports(report), NOW);
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
    connect();
    send(grant(1, 1, TOOL), NOW);
    switch (state) {
      case NONE, GRANTED -> {}
      case ACCEPTED -> say(mark(1, 1), NOW);
      case UNREACHABLE -> timer(NOW + DEADLINE_MS + ExecutionMachine.GRACE_MS);
      default -> report(ExecutionRows.wire(state), 1);
    }
    assertEquals(ExecutionRows.wire(state), state(1));
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
