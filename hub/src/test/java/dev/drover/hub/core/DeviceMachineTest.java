package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.Credentials;
import dev.drover.hub.v1.Desire;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.DeviceRow;
import dev.drover.hub.v1.DeviceSeen;
import dev.drover.hub.v1.Enrolled;
import dev.drover.hub.v1.EpochMoved;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.HubStarted;
import dev.drover.hub.v1.Inbound;
import dev.drover.hub.v1.Invite;
import dev.drover.hub.v1.PresenceSeen;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.hub.v1.Relabel;
import dev.drover.hub.v1.Renewed;
import dev.drover.hub.v1.Revoke;
import dev.drover.hub.v1.Said;
import dev.drover.hub.v1.SilenceCheck;
import dev.drover.machine.Step;
import dev.drover.v1.Command;
import dev.drover.v1.CommandMark;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.DeviceState;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Heartbeat;
import dev.drover.v1.Hello;
import dev.drover.v1.TimeRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DeviceMachineTest {
  private static final long LIFE = 77;
  private static final long NOW = 1_000_000;
  private final DeviceMachine machine = new DeviceMachine();
  private final MapRows rows = new MapRows("acme|cam-1");

  private Step send(DeviceEnvelope.Builder event, long nowMs) {
    return rows.step(machine, event.build().toByteArray(), nowMs);
  }

  private Step say(DeviceEvent.Builder event, long nowMs) {
    Inbound inbound = Inbound.newBuilder().setEvent(event).setNextBatch(5).build();
    return send(DeviceEnvelope.newBuilder().setInbound(inbound), nowMs);
  }

  private static DeviceEvent.Builder event(long life, long seq, long timeMs) {
    return DeviceEvent.newBuilder().setIncarnation(life).setSeq(seq).setTimeMs(timeMs);
  }

  private static DeviceEvent.Builder hello(long life, long timeMs) {
    return event(life, 0, timeMs).setHello(Hello.newBuilder().setStarts(1));
  }

  private static DeviceEvent.Builder report(long seq) {
    ExecutionReport report =
        ExecutionReport.newBuilder()
            .setExecution("j1-1")
            .setAttempt(1)
            .setState(ExecutionState.RUNNING)
            .build();
    return event(LIFE, seq, NOW).setReport(report);
  }

  private void bring(DeviceMachine.State state) {
    if (state == DeviceMachine.State.UNKNOWN) {
      return;
    }
    send(of(DeviceMachine.Event.INVITE), NOW);
    if (state == DeviceMachine.State.INVITED) {
      return;
    }
    send(of(DeviceMachine.Event.ENROL), NOW);
    switch (state) {
      case ONLINE -> say(hello(LIFE, NOW), NOW);
      case OFFLINE -> {
        say(hello(LIFE, NOW), NOW);
        send(of(DeviceMachine.Event.ABSENT), NOW);
      }
      case REVOKED -> send(of(DeviceMachine.Event.REVOKE), NOW);
      default -> {}
    }
    assertEquals(state, state());
  }

  private DeviceMachine.State state() {
    return DeviceRows.stateOf(
        DeviceRows.row(rows).orElse(DeviceRow.getDefaultInstance()).getPhase());
  }

  private static DeviceEnvelope.Builder of(DeviceMachine.Event event) {
    DeviceEnvelope.Builder envelope = DeviceEnvelope.newBuilder();
    Credentials credentials =
        Credentials.newBuilder().setSerial("a1").setBulkSerial("b1").setExpiresMs(9).build();
    return switch (event) {
      case INVITE -> envelope.setInvite(Invite.newBuilder().putLabels("site", "hall3"));
      case ENROL ->
          envelope.setEnrolled(
              Enrolled.newBuilder().setCredentials(credentials).setIncarnation(LIFE));
      case HELLO -> envelope.setInbound(Inbound.newBuilder().setEvent(hello(LIFE, NOW)));
      case EVENT ->
          envelope.setInbound(
              Inbound.newBuilder()
                  .setEvent(event(LIFE, 0, NOW).setHeartbeat(Heartbeat.getDefaultInstance())));
      case PRESENT ->
          envelope.setPresence(PresenceSeen.newBuilder().setOnline(true).setIncarnation(LIFE));
      case ABSENT -> envelope.setPresence(PresenceSeen.newBuilder().setIncarnation(LIFE));
      case HUB_STARTED -> envelope.setHubStarted(HubStarted.getDefaultInstance());
      case SILENCE -> envelope.setSilence(SilenceCheck.getDefaultInstance());
      case RENEW -> envelope.setRenewed(Renewed.newBuilder().setCredentials(credentials));
      case RELABEL -> envelope.setRelabel(Relabel.newBuilder().putSet("site", "hall4"));
      case DESIRE -> envelope.setDesire(Desire.newBuilder().putSet("heartbeat", "10s"));
      case REVOKE -> envelope.setRevoke(Revoke.newBuilder().setOperator("anna"));
      case EPOCH_MOVED -> envelope.setEpochMoved(EpochMoved.newBuilder().setHubEpoch(3));
    };
  }

  @ParameterizedTest
  @EnumSource
  void everyPair_doesWhatTheTableSays(DeviceMachine.State from) {
    for (DeviceMachine.Event event : DeviceMachine.Event.values()) {
      DeviceMachineTest fresh = new DeviceMachineTest();
      fresh.bring(from);
      boolean said = event == DeviceMachine.Event.HELLO || event == DeviceMachine.Event.EVENT;
      if (DeviceMachine.TABLE.allows(from, event)) {
        fresh.send(of(event), NOW);
        boolean allowed =
            DeviceMachine.TABLE.rows().stream()
                .filter(row -> row.from() == from && row.event() == event)
                .anyMatch(row -> row.to().contains(fresh.state()));
        assertTrue(allowed, from + " " + event + " " + fresh.state());
      } else if (said) {
        assertNotNull(fresh.send(of(event), NOW).refusal(), from + " " + event);
        assertEquals(from, fresh.state());
      } else {
        DroverException refused =
            assertThrows(
                DroverException.class, () -> fresh.send(of(event), NOW), from + " " + event);
        assertEquals(ErrorCode.ILLEGAL_TRANSITION, refused.code());
        assertEquals(from, fresh.state());
      }
    }
  }

  @Test
  void hello_isWelcomed_andHandedOn() {
    bring(DeviceMachine.State.ENROLLED);
    say(hello(LIFE, NOW + 250), NOW);

    Device device = DeviceRows.device(rows).orElseThrow();
    assertEquals(DeviceState.ONLINE, device.getState());
    assertEquals("hall3", device.getLabelsOrThrow("site"));
    assertEquals(250, device.getClockSkewMs());
    assertTrue(rows.timers.containsKey("silence"));
    Command welcome = commands().get(0);
    assertEquals(0, welcome.getSeq());
    assertEquals(1, welcome.getHubEpoch());
    assertEquals("acme", welcome.getTenant());
    assertEquals("cam-1", welcome.getDevice());
    assertEquals(5, welcome.getWelcome().getNextBatch());
    assertEquals(NOW, welcome.getWelcome().getTimeMs());
    List<ExecutionEnvelope> told = told();
    assertTrue(told.get(0).getConnected().getOnline());
    assertTrue(told.get(1).getSaid().getHello());
  }

  @Test
  void eventThatWaited_saysNothingAboutTheClock() {
    bring(DeviceMachine.State.ENROLLED);
    say(hello(LIFE, NOW), NOW);
    say(report(1), NOW + 60_000);
    say(event(LIFE, 0, NOW + 60_000), NOW + 64_000);
    assertEquals(0, DeviceRows.device(rows).orElseThrow().getClockSkewMs());
  }

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
  void helloOfAPastLife_isRefused_andToldSo() {
    bring(DeviceMachine.State.ONLINE);
    say(hello(88, NOW + 1), NOW + 1);
    assertEquals(ErrorCode.LEASE_REPLAYED, refusal(say(hello(LIFE, NOW + 2), NOW + 2)));
    assertEquals(LIFE, commands().get(0).getEventReceipt().getIncarnation());
    assertTrue(commands().get(0).getEventReceipt().getSeq() > 1_000_000);
    assertEquals(88, DeviceRows.row(rows).orElseThrow().getIncarnation());
  }

  @Test
  void gapThatStays_isTakenAsTheHubsOwnLoss() {
    bring(DeviceMachine.State.ONLINE);
    say(report(5), NOW);
    say(report(6), NOW + 1);
    say(report(5), NOW + DeviceSays.GAP_PATIENCE_MS - 1);
    assertEquals(0, receipt());
    say(report(6), NOW + DeviceSays.GAP_PATIENCE_MS);
    assertEquals(0, receipt());
    say(report(5), NOW + DeviceSays.GAP_PATIENCE_MS);
    assertEquals(5, receipt());
    say(report(6), NOW + DeviceSays.GAP_PATIENCE_MS);
    assertEquals(6, receipt());
  }

  @Test
  void latecomerFromTheGap_doesNotKeepItOpen() {
    bring(DeviceMachine.State.ONLINE);
    say(report(5), NOW);
    say(report(3), NOW + 1);
    say(report(5), NOW + 1 + 2 * DeviceSays.GAP_PATIENCE_MS);
    assertEquals(0, receipt());
    say(report(5), NOW + 1 + 3 * DeviceSays.GAP_PATIENCE_MS);
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
  void mark_isHandedOnWhenItGrows() {
    bring(DeviceMachine.State.ONLINE);
    CommandMark mark = CommandMark.newBuilder().setHubEpoch(1).setSeq(4).build();
    Heartbeat beat = Heartbeat.getDefaultInstance();
    say(event(LIFE, 0, NOW).setAcked(mark).setHeartbeat(beat), NOW);
    assertEquals(mark, told().get(0).getSaid().getAcked());
    say(event(LIFE, 0, NOW).setAcked(mark).setHeartbeat(beat), NOW);
    assertTrue(told().isEmpty());
    CommandMark lower = mark.toBuilder().setSeq(3).build();
    say(event(LIFE, 0, NOW).setAcked(lower).setHeartbeat(beat), NOW);
    assertTrue(told().isEmpty());
    assertEquals(mark, DeviceRows.seen(rows).getAcked());
  }

  @Test
  void time_isAnsweredWithTheNonce() {
    bring(DeviceMachine.State.ONLINE);
    TimeRequest request = TimeRequest.newBuilder().setNonce(Devices.digest(7)).build();
    say(event(LIFE, 0, NOW).setTime(request), NOW + 3);
    assertEquals(NOW + 3, commands().get(0).getTime().getTimeMs());
    assertEquals(request.getNonce(), commands().get(0).getTime().getNonce());
  }

  @Test
  void silence_makesADeviceOffline_unlessItSpoke() {
    bring(DeviceMachine.State.ONLINE);
    long later = NOW + DeviceMachine.SILENCE_MS;
    say(event(LIFE, 0, NOW).setHeartbeat(Heartbeat.getDefaultInstance()), NOW + 1);
    send(of(DeviceMachine.Event.SILENCE), later);
    assertEquals(DeviceMachine.State.ONLINE, state());
    assertEquals(later + 1, rows.timers.get("silence"));
    send(of(DeviceMachine.Event.SILENCE), later + 1);
    assertEquals(DeviceMachine.State.OFFLINE, state());
    assertFalse(told().get(0).getConnected().getOnline());
  }

  @Test
  void lastWill_ofAnEarlierLife_isIgnored() {
    bring(DeviceMachine.State.ONLINE);
    send(
        DeviceEnvelope.newBuilder().setPresence(PresenceSeen.newBuilder().setIncarnation(12)), NOW);
    assertEquals(DeviceMachine.State.ONLINE, state());
  }

  @Test
  void revocation_refusesCertificates_endsExecutions_andIsLogged() {
    bring(DeviceMachine.State.ONLINE);
    send(of(DeviceMachine.Event.REVOKE), NOW);
    assertTrue(told().stream().anyMatch(ExecutionEnvelope::hasGone));
    RegistryEnvelope revoked =
        StoredRows.event(rows.sent(MachineKeys.REGISTRY).get(0), RegistryEnvelope.parser());
    assertEquals(List.of("a1", "b1"), revoked.getRevokeSerials().getSerialsList());
    assertTrue(revoked.getRevokeSerials().getDevice());
    assertEquals(1, rows.sent(MachineKeys.AUDIT).size());

    send(of(DeviceMachine.Event.REVOKE), NOW);
    assertTrue(rows.effects.isEmpty(), "again does nothing");
    assertEquals(ErrorCode.CERTIFICATE_REVOKED, refusal(say(hello(LIFE, NOW + 9), NOW + 9)));
  }

  @Test
  void enrolmentAgain_refusesTheOldCertificates() {
    bring(DeviceMachine.State.ONLINE);
    send(
        DeviceEnvelope.newBuilder()
            .setEnrolled(
                Enrolled.newBuilder()
                    .setCredentials(Credentials.newBuilder().setSerial("a2"))
                    .setIncarnation(99)),
        NOW);
    assertEquals(1, rows.sent(MachineKeys.REGISTRY).size());
    DeviceRow row = DeviceRows.row(rows).orElseThrow();
    assertEquals("a2", row.getCredentials().getSerial());
    assertEquals(List.of(LIFE), row.getPastIncarnationsList());
  }

  @Test
  void hubStart_marksEveryoneOffline_andRestoreRaisesTheEpoch() {
    bring(DeviceMachine.State.ONLINE);
    send(of(DeviceMachine.Event.HUB_STARTED), NOW);
    assertEquals(DeviceMachine.State.OFFLINE, state());
    assertTrue(told().stream().anyMatch(e -> e.getConnected().getUnmarked()));

    send(
        DeviceEnvelope.newBuilder().setHubStarted(HubStarted.newBuilder().setRestoredEpoch(6)),
        NOW);
    assertEquals(6, DeviceRows.row(rows).orElseThrow().getHubEpoch());
    assertEquals(6, told().get(1).getMoveEpoch().getHubEpoch());
    assertTrue(DeviceRows.seen(rows).getTakeGap());
  }

  @Test
  void strangeEvents_areMalformed() {
    assertThrows(IllegalArgumentException.class, () -> machine.decode(new byte[] {1, 2, 3}));
    assertThrows(DroverException.class, () -> send(DeviceEnvelope.newBuilder(), NOW));
    assertNull(new MapRows("acme|x").get("device"));
  }

  private static ErrorCode refusal(Step step) {
    var refusal = step.refusal();
    assertNotNull(refusal);
    return refusal.code();
  }

  private List<ExecutionEnvelope> told() {
    List<ExecutionEnvelope> told = new ArrayList<>();
    rows.sent(MachineKeys.EXECUTION)
        .forEach(bytes -> told.add(StoredRows.event(bytes, ExecutionEnvelope.parser())));
    return told;
  }

  private List<Command> commands() {
    List<Command> commands = new ArrayList<>();
    rows.owed(Commands.EFFECT)
        .forEach(bytes -> commands.add(StoredRows.event(bytes, Command.parser())));
    return commands;
  }

  private long receipt() {
    DeviceSeen seen = DeviceRows.seen(rows);
    long receipted = commands().get(0).getEventReceipt().getSeq();
    assertEquals(seen.getEventSeq(), receipted);
    return receipted;
  }
}
