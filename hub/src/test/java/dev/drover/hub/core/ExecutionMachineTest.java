package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.CancelExecution;
import dev.drover.hub.v1.Connected;
import dev.drover.hub.v1.ExecutionEnded;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.ExecutionHead;
import dev.drover.hub.v1.ExecutionRow;
import dev.drover.hub.v1.Said;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExecutionMachineTest extends ExecutionFixture {
  @ParameterizedTest
  @EnumSource
  void everyPair_doesWhatTheTableSays(ExecutionMachine.State from) {
    for (ExecutionMachine.Event event : ExecutionMachine.Event.values()) {
      ExecutionMachineTest fresh = new ExecutionMachineTest();
      fresh.limits = limit(event);
      fresh.bring(from);
      ExecutionHead before = fresh.head();
      fresh.happen(event);
      ExecutionMachine.State to =
          ExecutionRows.stateOf(
              ExecutionRow.newBuilder()
                  .setExecution(Execution.newBuilder().setState(fresh.state(1))));
      String pair = from + " " + event + " " + to;
      if (ExecutionMachine.TABLE.allows(from, event)) {
        boolean allowed =
            ExecutionMachine.TABLE.rows().stream()
                .filter(row -> row.from() == from && row.event() == event)
                .anyMatch(row -> row.to().contains(to));
        assertTrue(allowed, pair);
      } else if (isImplied(from, event)) {
        assertTrue(allowedAfter(impliedBy(from), event, to), pair);
      } else {
        assertEquals(from, to, pair);
        assertTrue(fresh.ended().isEmpty() || event == ExecutionMachine.Event.GRANT, pair);
        if (isReport(event)) {
          long refused = before.getRefusedOrder() + before.getRefusedUnknown();
          long after = fresh.head().getRefusedOrder() + fresh.head().getRefusedUnknown();
          assertEquals(refused + 1, after, pair);
        }
      }
    }
  }

  /** Whatever a device says of an attempt implies the steps before it. */
  private static boolean isImplied(ExecutionMachine.State from, ExecutionMachine.Event event) {
    boolean lost = event == ExecutionMachine.Event.LOSE;
    return (from == ExecutionMachine.State.GRANTED && isReport(event))
        || (from == ExecutionMachine.State.ACCEPTED && lost);
  }

  private static Set<ExecutionMachine.State> impliedBy(ExecutionMachine.State from) {
    return from == ExecutionMachine.State.GRANTED
        ? Set.of(ExecutionMachine.State.ACCEPTED, ExecutionMachine.State.RUNNING)
        : Set.of(ExecutionMachine.State.RUNNING);
  }

  private static boolean allowedAfter(
      Set<ExecutionMachine.State> steps, ExecutionMachine.Event event, ExecutionMachine.State to) {
    return ExecutionMachine.TABLE.rows().stream()
        .filter(row -> steps.contains(row.from()) && row.event() == event)
        .anyMatch(row -> row.to().contains(to));
  }

  @Test
  void cancel_beforeTheLeaseWasSent_leavesNoGapAndNoTrace() {
    send(grant(1, 1, ASK), NOW);
    send(grant(2, 1, ASK), NOW);
    happen(ExecutionMachine.Event.CANCEL);
    assertEquals(ExecutionState.CANCELLED, state(1));
    assertEquals(ExecutionState.CANCELLED, ended().orElseThrow().getState());
    connect();
    assertEquals(List.of(1L, 2L), sent());
    assertTrue(commands().get(0).hasRevocation());
    assertTrue(commands().get(1).hasLease());
  }

  @Test
  void cancel_ofWhatRuns_asksTheDevice_once() {
    bring(ExecutionMachine.State.RUNNING);
    ExecutionEnvelope.Builder cancel =
        ExecutionEnvelope.newBuilder()
            .setCancel(CancelExecution.newBuilder().setExecution("j1-1").setStopRunning(true));
    send(cancel, NOW);
    assertTrue(commands().get(0).getRevocation().getStopRunning());
    send(cancel, NOW);
    assertTrue(commands().isEmpty());
    report(ExecutionState.CANCELLED, 1);
    assertEquals(ExecutionState.CANCELLED, ended().orElseThrow().getState());
  }

  @Test
  void cancel_afterAPause_stillAsksWhatRunsToStop() {
    bring(ExecutionMachine.State.RUNNING);
    CancelExecution takesBack = CancelExecution.newBuilder().setExecution("j1-1").build();
    send(ExecutionEnvelope.newBuilder().setCancel(takesBack), NOW);
    assertFalse(commands().get(0).getRevocation().getStopRunning());
    CancelExecution stops = takesBack.toBuilder().setStopRunning(true).build();
    send(ExecutionEnvelope.newBuilder().setCancel(stops), NOW);
    assertTrue(commands().get(0).getRevocation().getStopRunning());
    send(ExecutionEnvelope.newBuilder().setCancel(takesBack), NOW);
    send(ExecutionEnvelope.newBuilder().setCancel(stops), NOW);
    assertTrue(commands().isEmpty());
  }

  @Test
  void leaseThatRunsOut_isTakenBack() {
    bring(ExecutionMachine.State.GRANTED);
    assertEquals(NOW + LEASE_MS + ExecutionMachine.GRACE_MS, rows.timers.get("x/j1-1"));
    timer(NOW + LEASE_MS);
    assertEquals(ExecutionState.GRANTED, state(1), "the device may still speak");
    timer(NOW + LEASE_MS + ExecutionMachine.GRACE_MS);
    assertEquals(ExecutionState.UNREACHABLE, state(1));
    assertTrue(commands().get(0).hasRevocation());
    ExecutionEnded ended = ended().orElseThrow();
    assertEquals(ErrorCode.LEASE_EXPIRED.number(), ended.getError());
    assertTrue(ended.getRisky(), "a tool that may have been called");
  }

  @Test
  void acceptedExecution_isWatchedUntilTheDeadline() {
    bring(ExecutionMachine.State.ACCEPTED);
    assertEquals(NOW + DEADLINE_MS + ExecutionMachine.GRACE_MS, rows.timers.get("x/j1-1"));
    timer(NOW + LEASE_MS + ExecutionMachine.GRACE_MS);
    assertEquals(ExecutionState.ACCEPTED, state(1));
  }

  @Test
  void lateTruth_isTaken_andTheJobIsTold() {
    bring(ExecutionMachine.State.UNREACHABLE);
    report(ExecutionState.SUCCEEDED, 1);
    assertEquals(ExecutionState.SUCCEEDED, state(1));
    assertTrue(ended().orElseThrow().getLate());
    assertEquals(1, head().getLate());

    send(grant(1, 2, ASK), NOW);
    assertEquals(ExecutionState.SUCCEEDED, ended().orElseThrow().getState());
    assertEquals(2, ended().orElseThrow().getAttempt());
  }

  @Test
  void reports_ofOtherAttemptsOrStrangers_changeNothing() {
    bring(ExecutionMachine.State.ACCEPTED);
    report(ExecutionState.SUCCEEDED, 2);
    assertEquals(1, head().getRefusedAttempt());
    report(ExecutionState.GRANTED, 1);
    report(ExecutionState.UNREACHABLE, 1);
    assertEquals(2, head().getRefusedOrder());
    say(
        mark(1, 1)
            .addReports(
                ExecutionReport.newBuilder()
                    .setExecution("j9-9")
                    .setAttempt(1)
                    .setState(ExecutionState.SUCCEEDED)),
        NOW);
    assertEquals(1, head().getRefusedUnknown());
    assertEquals(ExecutionState.ACCEPTED, state(1));
    assertTrue(ended().isEmpty());
  }

  @Test
  void retry_isANewAttempt_andRepeatedGrantsAreIgnored() {
    bring(ExecutionMachine.State.FAILED);
    send(grant(1, 2, ASK), NOW);
    assertEquals(ExecutionState.GRANTED, state(1));
    long commands = head().getLastSeq();
    send(grant(1, 2, ASK), NOW);
    send(grant(1, 1, ASK), NOW);
    assertEquals(commands, head().getLastSeq());
  }

  @Test
  void revokedDevice_endsEverything_andRefusesGrants_untilItIsEnrolledAgain() {
    bring(ExecutionMachine.State.RUNNING);
    send(grant(2, 1, ASK), NOW);
    happen(ExecutionMachine.Event.GONE);
    assertEquals(ExecutionState.OUTCOME_UNKNOWN, state(1));
    assertEquals(ExecutionState.UNREACHABLE, state(2));
    assertEquals(0, head().getActive());
    assertTrue(rows.scan(ExecutionRows.COMMAND, 10).isEmpty());

    send(grant(3, 1, ASK), NOW);
    assertEquals(ErrorCode.CERTIFICATE_REVOKED.number(), ended().orElseThrow().getError());
    send(ExecutionEnvelope.newBuilder().setConnected(Connected.getDefaultInstance()), NOW);
    send(grant(4, 1, ASK), NOW);
    assertEquals(ExecutionState.GRANTED, state(4));
    assertFalse(head().getGone());
  }

  @Test
  void tooMuchForOneDevice_isRefusedVisibly() {
    for (int i = 1; i <= ExecutionMachine.ACTIVE_MAX; i++) {
      send(grant(i, 1, ASK), NOW);
    }
    send(grant(9999, 1, ASK), NOW);
    assertEquals(ExecutionState.REJECTED, state(9999));
    assertEquals(ErrorCode.RESOURCE_EXHAUSTED.number(), ended().orElseThrow().getError());

    say(mark(0, 0), NOW);
    say(Said.newBuilder().setIncarnation(88).setHello(true), NOW);
    happen(ExecutionMachine.Event.GONE);
    assertEquals(0, head().getActive());
  }
}
