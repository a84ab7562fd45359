package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.Connected;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.ExecutionEnded;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.v1.Command;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExecutionTimersTest extends ExecutionFixture {
  private static final long GRACE_MS = ExecutionMachine.GRACE_MS;

  @Test
  void offer_notAcceptedInTime_isTakenBack() {
    connect();
    send(timed(1, 1, ASK, limit(ExecutionMachine.Event.OFFER_EXPIRED)), NOW);
    Command lease = commands().get(0);
    assertEquals(NOW + OFFER_MS, lease.getExpiresMs(), "the device does not accept it later");
    assertEquals(NOW + LEASE_MS, lease.getLease().getExpiresMs());
    timer(NOW + OFFER_MS);
    assertEquals(ExecutionState.GRANTED, state(1));
    timer(NOW + OFFER_MS + GRACE_MS);
    assertEquals(ExecutionState.UNREACHABLE, state(1));
    assertTrue(commands().get(0).hasRevocation());
    assertEquals(ErrorCode.DEADLINE_EXCEEDED.number(), ended().orElseThrow().getError());
  }

  @Test
  void offer_accepted_hasNoLimitAnyMore() {
    connect();
    send(timed(1, 1, ASK, limit(ExecutionMachine.Event.OFFER_EXPIRED)), NOW);
    say(mark(1, 1), NOW + 1000);
    timer(NOW + OFFER_MS + GRACE_MS);
    assertEquals(ExecutionState.ACCEPTED, state(1));
  }

  @Test
  void offer_whileTheHubWasAway_mayStillHaveBeenAccepted() {
    connect();
    send(timed(1, 1, ASK, limit(ExecutionMachine.Event.OFFER_EXPIRED)), NOW);
    long startedMs = NOW + OFFER_MS - 1;
    send(
        ExecutionEnvelope.newBuilder().setConnected(Connected.newBuilder().setUnmarked(true)),
        startedMs);
    timer(NOW + OFFER_MS + GRACE_MS);
    assertEquals(ExecutionState.GRANTED, state(1));
    send(
        ExecutionEnvelope.newBuilder().setConnected(Connected.newBuilder().setOnline(true)),
        startedMs);
    say(mark(1, 1).setHello(true), startedMs + OFFER_MS);
    assertEquals(ExecutionState.ACCEPTED, state(1));
    assertTrue(commands().isEmpty(), "what the device has accepted is not taken back");
  }

  @Test
  void offer_notAcceptedAfterTheHubsStart_isTakenBack() {
    connect();
    send(timed(1, 1, ASK, limit(ExecutionMachine.Event.OFFER_EXPIRED)), NOW);
    send(
        ExecutionEnvelope.newBuilder().setConnected(Connected.newBuilder().setUnmarked(true)),
        NOW + 1);
    timer(NOW + 1 + OFFER_MS + GRACE_MS);
    assertEquals(ExecutionState.UNREACHABLE, state(1));
  }

  @Test
  void run_tooLong_timesOutAndIsAskedToStop_andALateTruthReplacesIt() {
    connect();
    send(timed(1, 1, ASK, limit(ExecutionMachine.Event.RUN_EXPIRED)), NOW);
    commands();
    report(running(0), NOW + 10_000);
    assertEquals(NOW + 10_000 + RUN_MS + GRACE_MS, rows.timers.get("x/j1-1"));
    timer(NOW + 10_000 + RUN_MS + GRACE_MS);
    assertEquals(ExecutionState.TIMED_OUT, state(1));
    byte[] told = rows.sent(MachineKeys.DEVICE).get(0);
    assertTrue(StoredRows.event(told, DeviceEnvelope.parser()).hasFailure());
    assertTrue(commands().get(0).getRevocation().getStopRunning());
    ExecutionEnded gaveUp = ended().orElseThrow();
    assertEquals(ExecutionState.TIMED_OUT, gaveUp.getState());
    assertFalse(gaveUp.getLate());
    report(ExecutionState.SUCCEEDED, 1);
    ExecutionEnded truth = ended().orElseThrow();
    assertTrue(truth.getLate());
    assertEquals(ExecutionState.TIMED_OUT, truth.getToldBefore());
    assertEquals(ExecutionState.SUCCEEDED, state(1));
  }

  @Test
  void step_noProgress_timesOut_andEachProgressBeginsItAnew() {
    connect();
    send(timed(1, 1, ASK, limit(ExecutionMachine.Event.STEP_EXPIRED)), NOW);
    report(running(0), NOW);
    report(running(500), NOW + 20_000);
    timer(NOW + STEP_MS + GRACE_MS);
    assertEquals(ExecutionState.RUNNING, state(1));
    timer(NOW + 20_000 + STEP_MS + GRACE_MS);
    assertEquals(ExecutionState.TIMED_OUT, state(1));
  }

  @Test
  void queue_tooLong_isRejectedAtOnceAndNothingIsSent() {
    limits = limit(ExecutionMachine.Event.QUEUE_EXPIRED);
    bring(ExecutionMachine.State.QUEUED);
    assertEquals(NOW + QUEUE_MS, rows.timers.get("x/j1-1"));
    timer(NOW + QUEUE_MS);
    assertEquals(ExecutionState.REJECTED, state(1));
    assertEquals(ErrorCode.DEADLINE_EXCEEDED.number(), ended().orElseThrow().getError());
    assertTrue(commands().isEmpty());
    assertEquals(0, head().getQueued());
    assertTrue(rows.scan(ExecutionRows.QUEUE, 10).isEmpty());
  }

  @Test
  void timedOut_oldAttempt_isNoLongerHeard() {
    bring(ExecutionMachine.State.TIMED_OUT);
    send(grant(1, 2, ASK), NOW);
    assertEquals(ExecutionState.GRANTED, state(1));
    report(ExecutionState.SUCCEEDED, 1);
    assertEquals(1, head().getRefusedAttempt());
    assertEquals(ExecutionState.GRANTED, state(1));
  }

  @Test
  void timers_ofAllStates_survive() {
    for (ExecutionMachine.State state :
        List.of(
            ExecutionMachine.State.QUEUED,
            ExecutionMachine.State.GRANTED,
            ExecutionMachine.State.ACCEPTED,
            ExecutionMachine.State.RUNNING)) {
      ExecutionTimersTest fresh = new ExecutionTimersTest();
      fresh.bring(state);
      assertTrue(fresh.rows.timers.containsKey("x/j1-1"), state.name());
    }
  }

  private static ExecutionReport running(int permille) {
    return ExecutionReport.newBuilder()
        .setExecution("j1-1")
        .setAttempt(1)
        .setState(ExecutionState.RUNNING)
        .setProgressPermille(permille)
        .build();
  }
}
