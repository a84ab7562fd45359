package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.Credentials;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.DeviceRow;
import dev.drover.hub.v1.Enrolled;
import dev.drover.hub.v1.EpochMoved;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.HubStarted;
import dev.drover.hub.v1.PresenceSeen;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.v1.Command;
import dev.drover.v1.CommandMark;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceState;
import dev.drover.v1.Heartbeat;
import dev.drover.v1.TimeRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DeviceMachineTest extends DeviceFixture {
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
    assertTrue(told().stream().anyMatch(e -> e.getConnected().getUnmarked()));
  }

  @Test
  void epochMoved_isTakenInEveryState() {
    for (DeviceMachine.State from : EnumSet.complementOf(EnumSet.of(DeviceMachine.State.UNKNOWN))) {
      DeviceMachineTest fresh = new DeviceMachineTest();
      fresh.bring(from);
      fresh.send(
          DeviceEnvelope.newBuilder().setEpochMoved(EpochMoved.newBuilder().setHubEpoch(9)), NOW);
      assertEquals(from, fresh.state());
      assertEquals(9, DeviceRows.row(fresh.rows).orElseThrow().getHubEpoch());
    }
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
}
