package dev.drover.agent.core;

import static dev.drover.agent.core.RunFixture.T;
import static dev.drover.agent.core.RunFixture.arrived;
import static dev.drover.agent.core.RunFixture.event;
import static dev.drover.agent.core.RunFixture.finished;
import static dev.drover.agent.core.RunFixture.in;
import static dev.drover.agent.core.RunFixture.offer;
import static dev.drover.agent.core.RunFixture.reports;
import static dev.drover.agent.core.RunFixture.row;
import static dev.drover.agent.core.RunFixture.stateOf;
import static dev.drover.agent.core.RunFixture.turns;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.core.RunMachine.Event;
import dev.drover.agent.v1.RunDue;
import dev.drover.agent.v1.RunEvent;
import dev.drover.agent.v1.RunOffer;
import dev.drover.agent.v1.RunRevoked;
import dev.drover.agent.v1.TurnArrived;
import dev.drover.machine.Step;
import dev.drover.testkit.GeneratedDoc;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.WaitReason;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RunMachineTest {
  private static final Set<Event> MAY_BE_LATE =
      EnumSet.of(
          Event.DUE, Event.WAITED, Event.FINISHED, Event.EXPIRED, Event.OVERRAN, Event.FORGOTTEN);

  private final OneKey<RunEvent> key = new OneKey<>(new RunMachine(), "e1", T);

  @Test
  void table_everyPair_movesOrIsRejectedAndNeverLosesARow() {
    for (RunState state : RunState.values()) {
      for (Event event : Event.values()) {
        OneKey<RunEvent> at = in(state);
        if (RunMachine.TABLE.allows(state, event)) {
          at.submit(event(event, 1));
          RunState next = stateOf(at);
          boolean listed =
              RunMachine.TABLE.rows().stream()
                  .anyMatch(r -> r.from() == state && r.event() == event && r.to().contains(next));
          assertTrue(listed, state + " " + event + " " + next);
        } else if (MAY_BE_LATE.contains(event)) {
          assertTrue(at.submit(event(event, 1)).rows().isEmpty(), state + " " + event);
          assertEquals(state, stateOf(at));
        } else {
          assertThrows(
              DroverException.class, () -> at.submit(event(event, 1)), state + " " + event);
          assertEquals(state, stateOf(at));
        }
      }
    }
  }

  @Test
  void diagram_isThatOfTheTable() {
    GeneratedDoc.check(
        "docs/machines/run.md",
        "# An execution on the device\n\nGenerated from the table of `RunMachine`.\n\n```mermaid\n"
            + RunMachine.TABLE.mermaid()
            + "```\n");
  }

  @Test
  void offer_accepted_owesTheRunAndReports() {
    key.submit(offer(1, 0));
    assertTrue(key.take(Machines.EFFECT_RUN).isEmpty());
    TurnArrived arrived = arrived(key);
    assertEquals("e1", arrived.getExecution());
    assertEquals(1, arrived.getAttempt());
    key.submit(event(Event.DUE, 1));
    assertEquals(
        List.of("e1"), key.take(Machines.EFFECT_RUN).stream().map(e -> e.target()).toList());
    ExecutionReport report = reports(key).get(0);
    assertEquals(ExecutionState.ACCEPTED, report.getState());
    assertEquals(1, report.getAttempt());
  }

  @Test
  void offer_beforeItsTime_waits() {
    key.submit(offer(1, T + 500));
    assertEquals(T + 500, arrived(key).getFromMs());
  }

  @Test
  void offer_clockBehindTheHub_keepsLengthsOfTime() {
    RunOffer behind = offer(1, T + 90_000).getOffer().toBuilder().setAheadMs(60_000).build();
    key.submit(RunEvent.newBuilder().setOffer(behind).build());
    assertEquals(T + 30_000, arrived(key).getFromMs());
  }

  @Test
  void offer_clockWasFarAheadOnce_keepsLengthsOfTime() {
    key.nowMs = T + 1_000_000_000_000L;
    RunOffer ahead =
        offer(1, T + 30_000).getOffer().toBuilder().setAheadMs(-1_000_000_000_000L).build();
    key.submit(RunEvent.newBuilder().setOffer(ahead).build());
    assertEquals(key.nowMs + 30_000, arrived(key).getFromMs());
    reports(key);
    key.advance(99_999);
    assertTrue(reports(key).isEmpty());
    key.advance(1);
    assertEquals(ExecutionState.REJECTED, reports(key).get(0).getState());
  }

  @Test
  void accepted_neverStarted_expires() {
    key.submit(offer(1, 0));
    reports(key);
    key.advance(100_000);
    ExecutionReport report = reports(key).get(0);
    assertEquals(ExecutionState.REJECTED, report.getState());
    assertEquals(ErrorCode.LEASE_EXPIRED.number(), report.getError());
    Step started = key.submit(event(Event.OFFERED, 1));
    assertNull(started.refusal());
    assertThrows(DroverException.class, () -> key.submit(event(Event.STARTED, 1)));
  }

  @Test
  void started_tooLate_isRefusedAndReported() {
    key.submit(offer(1, 0));
    reports(key);
    key.nowMs = T + 100_001;
    Step step = key.submit(event(Event.STARTED, 1));
    assertNotNull(step.refusal());
    assertEquals(ExecutionState.REJECTED, reports(key).get(0).getState());
  }

  @Test
  void started_twice_isRefused() {
    key.submit(offer(1, 0));
    key.submit(event(Event.STARTED, 1));
    assertThrows(DroverException.class, () -> key.submit(event(Event.STARTED, 1)));
    assertEquals(RunState.RUNNING, stateOf(key));
  }

  @Test
  void finished_outcomeUnknown_isReportedOnceAndNeverRepeated() {
    key.submit(offer(1, 0));
    key.submit(event(Event.STARTED, 1));
    reports(key);
    key.submit(finished(ExecutionState.OUTCOME_UNKNOWN));
    assertEquals(ExecutionState.OUTCOME_UNKNOWN, reports(key).get(0).getState());
    key.submit(finished(ExecutionState.SUCCEEDED));
    assertTrue(reports(key).isEmpty());
    assertEquals(RunState.OUTCOME_UNKNOWN, stateOf(key));
  }

  @Test
  void revoked_running_asksToStopOnlyWhenTold() {
    key.submit(offer(1, 0));
    key.submit(event(Event.STARTED, 1));
    key.submit(RunEvent.newBuilder().setRevoked(RunRevoked.getDefaultInstance()).build());
    assertFalse(row(key).getStopRequested());
    key.submit(
        RunEvent.newBuilder().setRevoked(RunRevoked.newBuilder().setStopRunning(true)).build());
    assertTrue(row(key).getStopRequested());
    assertEquals(RunState.RUNNING, stateOf(key));
  }

  @Test
  void offer_higherAttemptAfterTheEnd_startsAnew() {
    key.submit(offer(1, 0));
    key.submit(event(Event.STARTED, 1));
    key.submit(finished(ExecutionState.FAILED));
    key.owed.clear();
    key.submit(offer(2, 0));
    assertEquals(RunState.ACCEPTED, stateOf(key));
    assertFalse(row(key).getInDoubt());
    assertEquals(2, arrived(key).getAttempt());
    assertEquals(2, reports(key).get(0).getAttempt());
  }

  @Test
  void offer_ofWhatWasDone_isAnsweredWithItsEnd_andNotDoneAgain() {
    key.submit(offer(1, 0));
    key.submit(event(Event.STARTED, 1));
    key.submit(finished(ExecutionState.SUCCEEDED));
    key.owed.clear();
    key.submit(offer(2, 0));
    assertEquals(RunState.SUCCEEDED, stateOf(key));
    ExecutionReport said = reports(key).get(0);
    assertEquals(ExecutionState.SUCCEEDED, said.getState());
    assertEquals(2, said.getAttempt());
    assertEquals(2, row(key).getLease().getAttempt());
    key.submit(offer(1, 0));
    assertEquals(2, row(key).getLease().getAttempt());
  }

  @Test
  void offer_afterAnUnknownOutcome_staysInDoubt_whateverEndsBetween() {
    key.submit(offer(1, 0));
    key.submit(event(Event.STARTED, 1));
    key.submit(finished(ExecutionState.OUTCOME_UNKNOWN));
    assertFalse(row(key).getInDoubt());
    key.submit(offer(2, 0));
    assertEquals(RunState.ACCEPTED, stateOf(key));
    assertTrue(row(key).getInDoubt());
    reports(key);
    key.submit(event(Event.EXPIRED, 2));
    ExecutionReport left = reports(key).get(0);
    assertEquals(ExecutionState.OUTCOME_UNKNOWN, left.getState());
    assertEquals(ErrorCode.LEASE_EXPIRED.number(), left.getError());
    key.submit(offer(3, 0));
    assertEquals(RunState.ACCEPTED, stateOf(key));
    assertTrue(row(key).getInDoubt());
  }

  @ParameterizedTest
  @EnumSource(
      value = Event.class,
      names = {"STARTED", "FINISHED", "REVOKED", "EXPIRED"})
  void attemptInDoubt_thatEndsBeforeItStarts_isUnknown(Event end) {
    key.submit(offer(1, 0));
    key.submit(event(Event.STARTED, 1));
    key.submit(finished(ExecutionState.OUTCOME_UNKNOWN));
    key.submit(offer(2, 0));
    key.nowMs = end == Event.STARTED ? T + 100_001 : key.nowMs;
    key.submit(end == Event.FINISHED ? finished(ExecutionState.REJECTED, 2) : event(end, 2));
    assertEquals(RunState.OUTCOME_UNKNOWN, stateOf(key));
  }

  @Test
  void offer_higherAttemptBeforeTheStart_takesTheNewLeaseAndItsTurnOnly() {
    key.submit(offer(1, 0));
    key.submit(event(Event.DUE, 1));
    key.owed.clear();
    RunEvent.Builder later = offer(2, 0).toBuilder();
    later.getOfferBuilder().getLeaseBuilder().setExpiresMs(T + 500_000);
    key.submit(later.build());
    assertEquals(2, arrived(key).getAttempt());
    assertEquals(T + 500_000, row(key).getStartUntilMs());
    key.submit(event(Event.DUE, 1));
    assertTrue(key.take(Machines.EFFECT_RUN).isEmpty());
    assertThrows(DroverException.class, () -> key.submit(event(Event.STARTED, 1)));
    key.submit(finished(ExecutionState.REJECTED));
    assertEquals(RunState.ACCEPTED, stateOf(key));
    key.submit(event(Event.DUE, 2));
    assertEquals(1, key.take(Machines.EFFECT_RUN).size());
    key.submit(event(Event.STARTED, 2));
    assertEquals(RunState.RUNNING, stateOf(key));
  }

  @Test
  void due_inALaterBoot_isTheBootOfTheLeaseFromThenOn() {
    key.submit(offer(1, 0));
    RunDue due = RunDue.newBuilder().setAttempt(1).setBootId("b2").build();
    key.submit(RunEvent.newBuilder().setDue(due).build());
    assertEquals("b2", row(key).getBootId());
  }

  @Test
  void waits_otherReason_isReportedUntilItStarts() {
    key.submit(offer(1, 0));
    reports(key);
    key.submit(event(Event.WAITED, 1));
    ExecutionReport waiting = reports(key).get(0);
    assertEquals(ExecutionState.ACCEPTED, waiting.getState());
    assertEquals(WaitReason.WAITS_FOR_MAINS, waiting.getWaitsFor());
    key.submit(event(Event.DUE, 1));
    key.submit(event(Event.STARTED, 1));
    assertEquals(WaitReason.WAIT_REASON_UNSPECIFIED, reports(key).get(0).getWaitsFor());
    key.submit(event(Event.WAITED, 1));
    assertTrue(reports(key).isEmpty());
  }

  @Test
  void started_longerThanTheLeaseAllows_isStoppedAndFails() {
    RunEvent.Builder bounded = offer(1, 0).toBuilder();
    bounded.getOfferBuilder().getLeaseBuilder().setRunSeconds(30);
    key.submit(bounded.build());
    key.submit(event(Event.STARTED, 1));
    key.owed.clear();
    key.advance(29_999);
    assertTrue(key.owed.isEmpty());
    key.advance(1);
    assertEquals("e1", turns(key).get(0).getStop().getExecution());
    assertTrue(row(key).getStopRequested());
    key.submit(finished(ExecutionState.CANCELLED));
    ExecutionReport report = reports(key).get(0);
    assertEquals(ExecutionState.FAILED, report.getState());
    assertEquals(ErrorCode.DEADLINE_EXCEEDED.number(), report.getError());
    assertEquals("e1", turns(key).get(0).getLeft().getExecution());
  }

  @Test
  void started_endsInTime_isNotStopped() {
    RunEvent.Builder bounded = offer(1, 0).toBuilder();
    bounded.getOfferBuilder().getLeaseBuilder().setRunSeconds(30);
    key.submit(bounded.build());
    key.submit(event(Event.STARTED, 1));
    key.submit(finished(ExecutionState.SUCCEEDED));
    key.owed.clear();
    key.advance(30_000);
    assertTrue(key.owed.isEmpty());
  }

  @Test
  void overran_yetDone_staysDone() {
    key.submit(offer(1, 0));
    key.submit(event(Event.STARTED, 1));
    key.submit(event(Event.OVERRAN, 1));
    key.submit(finished(ExecutionState.SUCCEEDED));
    assertEquals(RunState.SUCCEEDED, stateOf(key));
  }

  @Test
  void ended_afterAWeek_isForgotten() {
    key.submit(offer(1, 0));
    key.submit(event(Event.STARTED, 1));
    key.submit(finished(ExecutionState.SUCCEEDED));
    key.advance(RunMachine.KEPT_MS);
    assertEquals(0, key.rowCount(""));
  }
}
