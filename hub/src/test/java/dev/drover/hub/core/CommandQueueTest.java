package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.Connected;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.DeviceGone;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.MoveEpoch;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.hub.v1.ResendCheck;
import dev.drover.hub.v1.Said;
import dev.drover.v1.ExecutionState;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandQueueTest extends ExecutionFixture {
  @Test
  void commands_areNumbered_keptAndSentAgain_untilAcknowledged() {
    connect();
    send(grant(1, 1, ASK), NOW);
    assertEquals(List.of(1L), sent());
    send(grant(2, 1, ASK), NOW + 1);
    assertEquals(List.of(2L), sent());
    assertEquals(NOW + CommandQueue.RESEND_MS, rows.timers.get("resend"));

    ExecutionEnvelope.Builder check =
        ExecutionEnvelope.newBuilder().setResend(ResendCheck.getDefaultInstance());
    send(check, NOW + CommandQueue.RESEND_MS);
    assertEquals(List.of(1L, 2L), sent());

    say(mark(1, 1), NOW + CommandQueue.RESEND_MS + 1);
    assertTrue(sent().isEmpty());
    assertEquals(ExecutionState.ACCEPTED, state(1));
    assertEquals(ExecutionState.GRANTED, state(2));
    send(check, NOW + CommandQueue.RESEND_MS + 2);
    assertTrue(sent().isEmpty(), "there was progress a moment ago");
    send(check, NOW + 2 * CommandQueue.RESEND_MS + 2);
    assertEquals(List.of(2L), sent());

    say(mark(1, 2), NOW + 3 * CommandQueue.RESEND_MS);
    send(check, NOW + 9 * CommandQueue.RESEND_MS);
    assertTrue(sent().isEmpty());
    assertTrue(rows.scan(ExecutionRows.COMMAND, 10).isEmpty());
  }

  @Test
  void hello_sendsEverythingWithoutAcknowledgementAgain() {
    connect();
    send(grant(1, 1, ASK), NOW);
    send(grant(2, 1, ASK), NOW);
    say(mark(1, 1).setHello(true), NOW);
    assertEquals(List.of(2L), sent());
  }

  @Test
  void gap_sendsAgainAtOnce_andOnceForEachMissingNumber() {
    connect();
    for (int i = 1; i <= 4; i++) {
      send(grant(i, 1, ASK), NOW);
    }
    say(mark(1, 1).setGap(true), NOW + 1);
    assertEquals(List.of(2L, 3L, 4L), sent());
    say(mark(1, 1).setGap(true), NOW + 2);
    assertTrue(sent().isEmpty(), "what was asked for is on its way");
    say(mark(1, 2).setGap(true), NOW + 3);
    assertEquals(List.of(3L, 4L), sent());
    say(mark(1, 1).setGap(true), NOW + 4);
    assertTrue(sent().isEmpty(), "that was said before the last one");
    say(mark(1, 4).setGap(true), NOW + 5);
    assertTrue(sent().isEmpty(), "nothing is missing");
  }

  @Test
  void nothing_isSentToADeviceThatIsAway_orHasNotToldItsMark() {
    send(grant(1, 1, ASK), NOW);
    assertTrue(sent().isEmpty());
    send(ExecutionEnvelope.newBuilder().setConnected(Connected.newBuilder().setOnline(true)), NOW);
    assertTrue(sent().isEmpty());
    say(mark(0, 0).setHello(true), NOW);
    assertEquals(List.of(1L), sent());

    send(
        ExecutionEnvelope.newBuilder().setConnected(Connected.newBuilder().setUnmarked(true)), NOW);
    send(ExecutionEnvelope.newBuilder().setConnected(Connected.newBuilder().setOnline(true)), NOW);
    assertTrue(sent().isEmpty());
    say(mark(1, 0), NOW);
    send(grant(2, 1, ASK), NOW);
    assertEquals(List.of(2L), sent());
  }

  @Test
  void storeThatSaysLessThanItSaidBefore_isSentNothing_untilItKnowsThatItIsNew() {
    connect();
    send(grant(1, 1, ASK), NOW);
    say(mark(1, 1), NOW);
    sent();
    say(mark(0, 0), NOW);
    send(grant(2, 1, ASK), NOW);
    assertEquals(List.of(2L), sent(), "that came late");

    say(mark(1, 2).setSession(7).setHello(true), NOW);
    say(mark(0, 0).setSession(8).setHello(true), NOW);
    send(grant(3, 1, TOOL), NOW);
    assertTrue(sent().isEmpty());
    Said.Builder anew = mark(0, 0).setIncarnation(LIFE + 1).setSession(8).setHello(true);
    say(anew, NOW);
    assertEquals(List.of(1L), sent());
    assertEquals(ExecutionState.GRANTED, state(3));
  }

  @Test
  void numbersThatARevokedDeviceWasNeverSent_areGivenToTheOneThatIsEnrolledNext() {
    send(grant(1, 1, ASK), NOW);
    send(ExecutionEnvelope.newBuilder().setGone(DeviceGone.getDefaultInstance()), NOW);
    assertTrue(rows.scan(ExecutionRows.COMMAND, 10).isEmpty());
    connect();
    send(grant(2, 1, ASK), NOW);
    assertEquals(List.of(1L), sent());
    send(grant(3, 1, ASK), NOW);
    assertEquals(List.of(2L), sent());
    say(mark(1, 1), NOW);
    send(ExecutionEnvelope.newBuilder().setGone(DeviceGone.getDefaultInstance()), NOW);
    connect();
    send(grant(4, 1, ASK), NOW);
    assertEquals(List.of(3L), sent(), "what was sent is not given again");
  }

  @Test
  void window_boundsWhatIsOnItsWay() {
    connect();
    for (int i = 1; i <= CommandQueue.WINDOW + 5; i++) {
      send(grant(i, 1, ASK), NOW);
    }
    assertTrue(sent().isEmpty());
    assertEquals(CommandQueue.WINDOW, head().getSentSeq());
    say(mark(1, 3), NOW);
    assertEquals(
        List.of(CommandQueue.WINDOW + 1L, CommandQueue.WINDOW + 2L, CommandQueue.WINDOW + 3L),
        sent());
    say(mark(1, CommandQueue.WINDOW + 3L), NOW);
    assertEquals(CommandQueue.WINDOW + 5, head().getSentSeq());
  }

  @Test
  void fullWindow_acknowledgedAtOnce_fitsAStep() {
    connect();
    for (int i = 1; i <= 3 * CommandQueue.WINDOW; i++) {
      send(grant(i, 1, ASK), NOW);
    }
    for (int i = 1; i <= 3; i++) {
      say(mark(1, (long) i * CommandQueue.WINDOW), NOW);
    }
    assertEquals(0, head().getLastSeq() - head().getAckedSeq());
    assertEquals(ExecutionState.ACCEPTED, state(3 * CommandQueue.WINDOW));
  }

  @Test
  void leaseNeverSent_endsRisky_whileTheStoreMayBeABackup() {
    connect();
    send(
        ExecutionEnvelope.newBuilder().setConnected(Connected.newBuilder().setUnmarked(true)), NOW);
    send(grant(1, 1, TOOL), NOW);
    happen(ExecutionMachine.Event.CANCEL);
    assertEquals(ExecutionState.GRANTED, state(1), "the hub that was may have sent it");
    timer(NOW + LEASE_MS + ExecutionMachine.GRACE_MS);
    assertEquals(ExecutionState.UNREACHABLE, state(1));
    assertTrue(ended().orElseThrow().getRisky());

    say(mark(1, 0), NOW);
    send(grant(1, 2, ASK), NOW);
    assertFalse(head().getUnsure());
  }

  @Test
  void leaseNeverSent_countsAsSent_onceTheStoreIsABackup() {
    send(grant(1, 1, TOOL), NOW);
    say(mark(1, 50).setHello(true), NOW);
    timer(NOW + LEASE_MS + ExecutionMachine.GRACE_MS);
    assertTrue(ended().orElseThrow().getRisky());
  }

  @Test
  void markBeyondWhatWasSent_raisesTheEpoch_andNumbersAnew() {
    connect();
    send(grant(1, 1, ASK), NOW);
    send(grant(2, 1, ASK), NOW);
    say(mark(1, 1), NOW);
    say(mark(1, 50).setHello(true), NOW);

    assertEquals(2, head().getHubEpoch());
    assertEquals(List.of(1L), sent());
    assertEquals(2, commands().get(0).getHubEpoch());
    assertEquals("j1-2", commands().get(0).getLease().getExecution());
    RegistryEnvelope raise =
        StoredRows.event(rows.sent(MachineKeys.REGISTRY).get(0), RegistryEnvelope.parser());
    assertEquals(2, raise.getRaiseEpoch().getAtLeast());
    DeviceEnvelope moved =
        StoredRows.event(rows.sent(MachineKeys.DEVICE).get(0), DeviceEnvelope.parser());
    assertTrue(moved.getEpochMoved().getRestored());

    say(mark(1, 50), NOW);
    assertTrue(rows.effects.isEmpty(), "an older epoch says nothing");
    say(mark(2, 1), NOW);
    assertEquals(ExecutionState.ACCEPTED, state(2));
  }

  @Test
  void markOfAHigherEpoch_raisesAboveIt() {
    connect();
    say(mark(7, 3), NOW);
    assertEquals(8, head().getHubEpoch());
  }

  @Test
  void epochThatTheHubRaises_numbersAnew_once() {
    send(grant(1, 1, ASK), NOW);
    ExecutionEnvelope.Builder move =
        ExecutionEnvelope.newBuilder().setMoveEpoch(MoveEpoch.newBuilder().setHubEpoch(5));
    send(move, NOW);
    send(grant(2, 1, ASK), NOW);
    send(move, NOW);
    assertEquals(5, head().getHubEpoch());
    assertEquals(2, head().getLastSeq());
  }

  @Test
  void newLife_losesWhatWasAccepted_andGrantsTheRestAgain() {
    connect();
    send(grant(1, 1, ASK), NOW);
    say(mark(1, 1), NOW);
    send(grant(2, 1, ASK), NOW);
    send(grant(3, 1, TOOL), NOW);
    say(Said.newBuilder().setIncarnation(88).setHello(true), NOW);

    assertEquals(ExecutionState.OUTCOME_UNKNOWN, state(1));
    assertEquals(ExecutionState.GRANTED, state(2));
    assertEquals(ExecutionState.OUTCOME_UNKNOWN, state(3), "the tool may have been called");
    assertEquals(2, head().getHubEpoch());
    assertEquals(List.of(1L, 2L), sent());
    assertEquals("j1-2", commands().get(0).getLease().getExecution());
    assertTrue(commands().get(1).hasRevocation(), "the lost lease is not sent to the new life");
    assertEquals(1, head().getActive());
  }

  @Test
  void newLife_grantsAToolAgain_thatWasNeverSent() {
    send(grant(1, 1, TOOL), NOW);
    say(mark(0, 0), NOW);
    say(Said.newBuilder().setIncarnation(88).setHello(true), NOW);
    assertEquals(ExecutionState.GRANTED, state(1));
  }
}
