package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.EpochMoved;
import dev.drover.hub.v1.FailureSeen;
import dev.drover.hub.v1.Said;
import dev.drover.hub.v1.Untaken;
import dev.drover.machine.Step;
import dev.drover.v1.CommandMark;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.Heartbeat;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which events of a device count: numbers, gaps, lives. */
class DeviceEventsTest extends DeviceFixture {
  @Test
  void numberedEvents_countOnce_inOrder() {
    bring(DeviceMachine.State.ONLINE);
    say(report(1), NOW);
    assertEquals(1, receipt());
    assertEquals(1, told().get(0).getSaid().getReportsCount());

    say(report(1), NOW);
    assertEquals(1, receipt());
    assertTrue(told().isEmpty(), "a repetition is only receipted");

    say(report(3), NOW);
    assertEquals(1, receipt());
    assertTrue(told().isEmpty(), "a gap has no effect");

    say(report(2), NOW);
    say(report(3), NOW);
    assertEquals(3, receipt());
    assertEquals(1, told().get(0).getSaid().getReportsCount());
  }

  @Test
  void reportsOfOneMessage_countEachOnce_inOrder() {
    bring(DeviceMachine.State.ONLINE);
    ExecutionReport second = report(2).getReport().toBuilder().setAttempt(2).build();
    ExecutionReport third = report(3).getReport().toBuilder().setAttempt(3).build();
    say(report(1).addMore(second).addMore(third), NOW);
    assertEquals(3, receipt());
    assertEquals(1, told().size());
    Said said = told().get(0).getSaid();
    assertEquals(List.of(report(1).getReport(), second, third), said.getReportsList());

    say(report(3).addMore(second), NOW);
    assertEquals(4, receipt());
    assertEquals(List.of(second), told().get(0).getSaid().getReportsList(), "one was there");

    say(report(6).addMore(second), NOW);
    assertEquals(4, receipt());
    assertTrue(told().isEmpty(), "neither follows");
  }

  @Test
  void deviceThatOnlyThePresenceRaised_tellsItsMarkWithTheNextEvent() {
    bring(DeviceMachine.State.ONLINE);
    send(of(DeviceMachine.Event.HUB_STARTED), NOW);
    send(of(DeviceMachine.Event.PRESENT), NOW);
    say(event(LIFE, 0, NOW + 1), NOW + 1);
    assertTrue(told().get(0).hasSaid(), "nothing is sent to a device before that");
    say(event(LIFE, 0, NOW + 2), NOW + 2);
    assertTrue(told().isEmpty());
  }

  @Test
  void executionThatTheHubHadToEnd_countsAsAFailureOfTheDevice() {
    bring(DeviceMachine.State.ONLINE);
    send(DeviceEnvelope.newBuilder().setFailure(FailureSeen.getDefaultInstance()), NOW);
    assertEquals(RecentFailures.ONE, DeviceRows.seen(rows).getFailures());
  }

  @Test
  void helloOfAPastLife_isRefused_andToldSo() {
    bring(DeviceMachine.State.ONLINE);
    say(hello(88, NOW + 1), NOW + 1);
    assertEquals(ErrorCode.LEASE_REPLAYED, refusal(say(hello(LIFE, NOW + 2), NOW + 2)));
    assertEquals(LIFE, commands().get(0).getEventReceipt().getIncarnation());
    assertTrue(commands().get(0).getEventReceipt().getSeq() > 1_000_000);
    assertEquals(88, DeviceRows.row(rows).orElseThrow().getIncarnation());
  }

  @Test
  void whatIsNotUnderstood_isToldOnceAMinute_untilAHelloIs() {
    bring(DeviceMachine.State.ONLINE);
    DeviceEnvelope.Builder untaken =
        DeviceEnvelope.newBuilder()
            .setUntaken(Untaken.newBuilder().setError(ErrorCode.EGRESS_REFUSED.number()));
    send(untaken, NOW);
    assertEquals(ErrorCode.EGRESS_REFUSED.number(), commands().get(0).getEventRefusal().getError());
    assertEquals(0, commands().get(0).getSeq());
    assertEquals(NOW, DeviceRows.device(rows).orElseThrow().getNotUnderstoodMs());
    send(untaken, NOW + DeviceSays.REFUSAL_PAUSE_MS - 1);
    assertTrue(commands().isEmpty());
    send(untaken, NOW + DeviceSays.REFUSAL_PAUSE_MS);
    assertEquals(1, commands().size());

    say(hello(LIFE, NOW + DeviceSays.REFUSAL_PAUSE_MS), NOW + DeviceSays.REFUSAL_PAUSE_MS);
    assertEquals(0, DeviceRows.device(rows).orElseThrow().getNotUnderstoodError());
  }

  @Test
  void whatIsNotUnderstood_ofADeviceThatIsNoMember_isNotAnswered() {
    for (DeviceMachine.State state :
        List.of(DeviceMachine.State.INVITED, DeviceMachine.State.REVOKED)) {
      bring(state);
      send(DeviceEnvelope.newBuilder().setUntaken(Untaken.getDefaultInstance()), NOW);
      assertTrue(commands().isEmpty(), state.name());
    }
  }

  @Test
  void gapThatStays_isTakenAsTheHubsOwnLoss() {
    bring(DeviceMachine.State.ONLINE);
    say(report(5), NOW);
    say(report(6), NOW + 1);
    for (long ms = Gap.ABSENT_MS; ms < Gap.PATIENCE_MS; ms += Gap.ABSENT_MS) {
      say(report(5), NOW + ms);
      assertEquals(0, receipt());
    }
    say(report(6), NOW + Gap.PATIENCE_MS);
    assertEquals(0, receipt());
    say(report(5), NOW + Gap.PATIENCE_MS);
    assertEquals(5, receipt());
    say(report(6), NOW + Gap.PATIENCE_MS);
    assertEquals(6, receipt());
  }

  @Test
  void gapAfterAnAbsence_isNoLoss_sinceTheFirstNumberMayComeLater() {
    bring(DeviceMachine.State.ONLINE);
    say(report(2), NOW);
    say(report(2), NOW + 2 * Gap.PATIENCE_MS);
    assertEquals(0, receipt());
    say(report(1), NOW + 2 * Gap.PATIENCE_MS);
    assertEquals(1, receipt());
  }

  @Test
  void latecomerFromTheGap_doesNotKeepItOpen() {
    bring(DeviceMachine.State.ONLINE);
    say(report(5), NOW);
    say(report(3), NOW + 1);
    for (long ms = 0; ms < Gap.PATIENCE_MS + Gap.ABSENT_MS; ms += Gap.ABSENT_MS / 2) {
      say(report(5), NOW + 2 + ms);
      assertEquals(0, receipt());
    }
    say(report(5), NOW + 2 + Gap.PATIENCE_MS + Gap.ABSENT_MS);
    assertEquals(5, receipt());
  }

  @Test
  void gap_afterARestore_isTakenAtOnce() {
    bring(DeviceMachine.State.ONLINE);
    send(
        DeviceEnvelope.newBuilder()
            .setEpochMoved(EpochMoved.newBuilder().setHubEpoch(4).setRestored(true)),
        NOW);
    say(report(9), NOW);
    assertEquals(9, receipt());
    assertEquals(4, commands().get(0).getHubEpoch());
    say(report(12), NOW);
    assertEquals(9, receipt());
  }

  @Test
  void looseEvents_olderThanTheLast_areRefused() {
    bring(DeviceMachine.State.ONLINE);
    Step step = say(event(LIFE, 0, NOW - 1).setHeartbeat(Heartbeat.getDefaultInstance()), NOW + 5);
    assertEquals(ErrorCode.LEASE_REPLAYED, refusal(step));
    assertEquals(1, DeviceRows.seen(rows).getRefused());
  }

  @Test
  void newLife_beginsAtOne_andTheOldOneIsOver() {
    bring(DeviceMachine.State.ONLINE);
    say(report(1), NOW);
    Step early = say(event(88, 4, NOW).setReport(report(1).getReport()), NOW);
    assertEquals(ErrorCode.LEASE_REPLAYED, refusal(early));

    say(hello(88, 3), NOW);
    assertEquals(88, DeviceRows.row(rows).orElseThrow().getIncarnation());
    assertEquals(88, told().get(0).getSaid().getIncarnation());
    assertEquals(0, DeviceRows.seen(rows).getEventSeq());

    assertEquals(ErrorCode.LEASE_REPLAYED, refusal(say(hello(LIFE, NOW + 9), NOW + 9)));
    assertEquals(88, DeviceRows.row(rows).orElseThrow().getIncarnation());
  }

  @Test
  void oldWord_thatCameFirstAfterAHubStart_leavesTheMarkToBeTold() {
    bring(DeviceMachine.State.ONLINE);
    CommandMark mark = CommandMark.newBuilder().setHubEpoch(1).setSeq(1).build();
    DeviceEvent.Builder beat =
        event(LIFE, 0, NOW).setHeartbeat(Heartbeat.getDefaultInstance()).setAcked(mark);
    say(beat, NOW);
    send(of(DeviceMachine.Event.HUB_STARTED), NOW + 1);
    say(beat.clone().setTimeMs(NOW + 1).clearAcked(), NOW + 2);
    say(beat.clone().setTimeMs(NOW + 2), NOW + 3);
    assertEquals(mark, told().get(0).getSaid().getAcked(), "nothing is sent before that");
    say(beat.clone().setTimeMs(NOW + 3), NOW + 4);
    assertTrue(told().isEmpty(), "it is told once");
  }
}
