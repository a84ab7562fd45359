package dev.drover.agent.core;

import static dev.drover.agent.core.InstallFixture.T;
import static dev.drover.agent.core.InstallFixture.begin;
import static dev.drover.agent.core.InstallFixture.done;
import static dev.drover.agent.core.InstallFixture.due;
import static dev.drover.agent.core.InstallFixture.event;
import static dev.drover.agent.core.InstallFixture.offer;
import static dev.drover.agent.core.InstallFixture.progress;
import static dev.drover.agent.core.InstallFixture.reports;
import static dev.drover.agent.core.InstallFixture.state;
import static dev.drover.agent.core.InstallFixture.turns;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.core.InstallTable.Event;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstallPhase;
import dev.drover.v1.WaitReason;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class InstallTurnTest {
  private final OneKey<InstallEvent> key = new OneKey<>(new InstallMachine(), "install", T);

  @Test
  void offer_waiting_isQueuedReportsWhatItWaitsForAndExpires() {
    key.submit(offer("e1", 1, 1, 1));
    assertTrue(turns(key).get(0).getArrived().getInstall());
    assertTrue(key.take(Machines.EFFECT_PREFLIGHT).isEmpty());
    ExecutionReport accepted = reports(key).get(0);
    assertEquals(ExecutionState.ACCEPTED, accepted.getState());
    assertEquals(InstallPhase.WAITING, accepted.getInstall());
    key.submit(event(Event.WAITED, InstallState.WAITING));
    assertEquals(WaitReason.WAITS_FOR_OWNER, reports(key).get(0).getWaitsFor());
    key.advance(100_000);
    ExecutionReport late = reports(key).get(0);
    assertEquals(ExecutionState.REJECTED, late.getState());
    assertEquals(ErrorCode.LEASE_EXPIRED.number(), late.getError());
    assertEquals("e1", turns(key).get(0).getLeft().getExecution());
    key.submit(due("e1", 1));
    assertEquals(InstallState.REJECTED, state(key));
  }

  @Test
  void offer_sameExecutionAgainWhileWaiting_takesTheNewLease() {
    key.submit(offer("e1", 1, 1, 1));
    turns(key);
    key.submit(offer("e1", 2, 1, 1));
    List<TurnEvent> turns = turns(key);
    assertEquals(1, turns.size());
    assertEquals(2, turns.get(0).getArrived().getAttempt());
    key.submit(due("e1", 1));
    assertEquals(InstallState.WAITING, state(key));
    key.submit(due("e1", 2));
    assertEquals(InstallState.PREFLIGHT, state(key));
    assertTrue(key.timers.keySet().stream().noneMatch("expired"::equals));
  }

  @Test
  void run_longerThanTheLeaseAllows_fails() {
    InstallEvent.Builder bounded = offer("e1", 1, 1, 1).toBuilder();
    bounded.getOfferBuilder().getLeaseBuilder().setRunSeconds(20);
    key.submit(bounded.build());
    key.advance(50_000);
    key.submit(due("e1", 1));
    key.advance(19_999);
    assertEquals(InstallState.PREFLIGHT, state(key));
    key.advance(1);
    assertEquals(InstallState.FAILED, state(key));
  }

  @Test
  void deadline_whileFetching_fails() {
    begin(key, "e1", 1, 1);
    key.submit(done("e1", InstallState.PREFLIGHT, 1));
    reports(key);
    key.advance(300_000);
    assertEquals(InstallState.FAILED, state(key));
    assertEquals(ErrorCode.DEADLINE_EXCEEDED.number(), reports(key).get(0).getError());
  }

  @Test
  void offer_otherReleaseWhileFetching_overtakes() {
    begin(key, "e1", 1, 1);
    key.submit(done("e1", InstallState.PREFLIGHT, 1));
    reports(key);
    turns(key);
    key.submit(offer("e2", 1, 2, 2));
    List<ExecutionReport> reports = reports(key);
    assertEquals(ExecutionState.CANCELLED, reports.get(0).getState());
    assertEquals("e1", reports.get(0).getExecution());
    List<TurnEvent> turns = turns(key);
    assertEquals("e1", turns.get(0).getLeft().getExecution());
    assertEquals("e2", turns.get(1).getArrived().getExecution());
    assertEquals(InstallState.WAITING, state(key));
    key.submit(due("e1", 1));
    assertEquals(InstallState.WAITING, state(key));
    key.submit(due("e2", 1));
    DroverException refused =
        assertThrows(DroverException.class, () -> key.submit(progress("e1", 10)));
    assertEquals(ErrorCode.CANCELLED, refused.code());
    key.submit(done("e1", InstallState.FETCHING, 1));
    assertEquals(InstallState.PREFLIGHT, state(key));
  }

  @Test
  void offer_sameExecutionAgain_goesOnUnderTheNewAttempt() {
    begin(key, "e1", 1, 1);
    key.submit(done("e1", InstallState.PREFLIGHT, 1));
    reports(key);
    key.submit(offer("e1", 2, 1, 1));
    assertEquals(InstallState.FETCHING, state(key));
    assertEquals(2, reports(key).get(0).getAttempt());
  }
}
