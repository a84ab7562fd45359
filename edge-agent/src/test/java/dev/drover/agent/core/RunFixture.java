package dev.drover.agent.core;

import dev.drover.agent.core.RunMachine.Event;
import dev.drover.agent.v1.RunDue;
import dev.drover.agent.v1.RunEvent;
import dev.drover.agent.v1.RunExpired;
import dev.drover.agent.v1.RunFinished;
import dev.drover.agent.v1.RunForget;
import dev.drover.agent.v1.RunOffer;
import dev.drover.agent.v1.RunOverran;
import dev.drover.agent.v1.RunResult;
import dev.drover.agent.v1.RunRevoked;
import dev.drover.agent.v1.RunRow;
import dev.drover.agent.v1.RunStarted;
import dev.drover.agent.v1.TurnArrived;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.agent.v1.TurnWaits;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Lease;
import dev.drover.v1.WaitReason;
import java.util.List;

/** Leases, events and states of executions for tests. */
final class RunFixture {
  static final long T = 1_000_000;

  private RunFixture() {}

  static OneKey<RunEvent> in(RunState state) {
    OneKey<RunEvent> key = new OneKey<>(new RunMachine(), "e1", T);
    if (state == RunState.NONE) {
      return key;
    }
    key.submit(offer(1, 0));
    if (state == RunState.ACCEPTED) {
      return key;
    }
    if (state != RunState.REJECTED) {
      key.submit(event(Event.STARTED, 1));
    }
    if (state != RunState.RUNNING) {
      key.submit(finished(state.wire()));
    }
    return key;
  }

  static RunEvent event(Event event, int attempt) {
    RunEvent.Builder out = RunEvent.newBuilder();
    switch (event) {
      case OFFERED -> out.mergeFrom(offer(attempt, 0));
      case DUE -> out.setDue(RunDue.newBuilder().setAttempt(attempt));
      case WAITED ->
          out.setWaits(
              TurnWaits.newBuilder().setAttempt(attempt).setReason(WaitReason.WAITS_FOR_MAINS));
      case OVERRAN -> out.setOverran(RunOverran.newBuilder().setAttempt(attempt));
      case STARTED -> out.setStarted(RunStarted.newBuilder().setAttempt(attempt));
      case FINISHED -> out.mergeFrom(finished(ExecutionState.FAILED));
      case REVOKED -> out.setRevoked(RunRevoked.getDefaultInstance());
      case EXPIRED -> out.setExpired(RunExpired.newBuilder().setAttempt(attempt));
      case FORGOTTEN -> out.setForget(RunForget.newBuilder().setAttempt(attempt));
    }
    return out.build();
  }

  static RunEvent offer(int attempt, long notBeforeMs) {
    Lease lease =
        Lease.newBuilder()
            .setExecution("e1")
            .setAttempt(attempt)
            .setNotBeforeMs(notBeforeMs)
            .setExpiresMs(T + 100_000)
            .setDeadlineMs(T + 200_000)
            .build();
    return RunEvent.newBuilder()
        .setOffer(RunOffer.newBuilder().setLease(lease).setBootId("b1"))
        .build();
  }

  static RunEvent finished(ExecutionState state) {
    return finished(state, 1);
  }

  static RunEvent finished(ExecutionState state, int attempt) {
    return RunEvent.newBuilder()
        .setFinished(
            RunFinished.newBuilder()
                .setAttempt(attempt)
                .setResult(RunResult.newBuilder().setState(state)))
        .build();
  }

  static List<TurnEvent> turns(OneKey<RunEvent> key) {
    return key.sent(Machines.TURN, TurnEvent.parser());
  }

  static TurnArrived arrived(OneKey<RunEvent> key) {
    List<TurnEvent> turns = turns(key);
    return turns.get(turns.size() - 1).getArrived();
  }

  static RunRow row(OneKey<RunEvent> key) {
    return Machines.row(key, RunMachine.ROW, RunRow.parser(), RunRow.getDefaultInstance());
  }

  static RunState stateOf(OneKey<RunEvent> key) {
    return RunState.of(row(key).getState());
  }

  static List<ExecutionReport> reports(OneKey<RunEvent> key) {
    return key.sent(Machines.UPLINK, UplinkEvent.parser()).stream()
        .map(UplinkEvent::getReport)
        .toList();
  }
}
