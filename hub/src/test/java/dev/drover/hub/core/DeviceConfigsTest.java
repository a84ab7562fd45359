package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.config.DesiredConfig;
import dev.drover.hub.v1.AuditEnvelope;
import dev.drover.hub.v1.Credentials;
import dev.drover.hub.v1.Desire;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.Enrolled;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.Inbound;
import dev.drover.hub.v1.Invite;
import dev.drover.hub.v1.Relabel;
import dev.drover.v1.ConfigCommand;
import dev.drover.v1.ConfigKeyState;
import dev.drover.v1.ConfigReport;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceConfig;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.Heartbeat;
import dev.drover.v1.Hello;
import dev.drover.v1.HubAction;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeviceConfigsTest {
  private static final long NOW = 1_000_000;
  private final DeviceMachine machine = new DeviceMachine();
  private final MapRows rows = new MapRows("acme|cam-1");
  private long timeMs = NOW;

  @BeforeEach
  void enrol() {
    send(
        DeviceEnvelope.newBuilder()
            .setInvite(Invite.newBuilder().putLabels("site", "hall3").putLabels("role", "camera")));
    send(
        DeviceEnvelope.newBuilder()
            .setEnrolled(
                Enrolled.newBuilder()
                    .setIncarnation(7)
                    .setCredentials(Credentials.newBuilder().setSerial("a"))));
  }

  private void send(DeviceEnvelope.Builder event) {
    rows.step(machine, event.build().toByteArray(), NOW);
  }

  private void says(DeviceEvent.Builder event) {
    timeMs++;
    send(
        DeviceEnvelope.newBuilder()
            .setInbound(Inbound.newBuilder().setEvent(event.setIncarnation(7).setTimeMs(timeMs))));
  }

  private void hello(ConfigReport report) {
    says(DeviceEvent.newBuilder().setHello(Hello.newBuilder().setConfig(report)));
  }

  private static Desire.Builder desire(String key, String value) {
    return Desire.newBuilder().putSet(key, value).setOperator("anna");
  }

  private void desires(Desire.Builder desire) {
    send(DeviceEnvelope.newBuilder().setDesire(desire));
  }

  private DroverException refused(Desire.Builder desire) {
    return assertThrows(DroverException.class, () -> desires(desire));
  }

  private Device device() {
    return DeviceRows.device(rows).orElseThrow();
  }

  /** The configurations that the last step sent on their way. */
  private List<ConfigCommand> onTheirWay() {
    return rows.sent(MachineKeys.EXECUTION).stream()
        .map(bytes -> StoredRows.event(bytes, ExecutionEnvelope.parser()))
        .filter(ExecutionEnvelope::hasConfigure)
        .map(ExecutionEnvelope::getConfigure)
        .toList();
  }

  private HubAction logged() {
    List<byte[]> sent = rows.sent(MachineKeys.AUDIT);
    return sent.isEmpty()
        ? HubAction.HUB_ACTION_UNSPECIFIED
        : StoredRows.event(sent.get(0), AuditEnvelope.parser()).getStatement().getAction();
  }

  private static ConfigReport report(ConfigCommand kept, ConfigKeyState... states) {
    return ConfigReport.newBuilder()
        .setVersion(kept.getVersion())
        .setSha256(DesiredConfig.sha256(kept.getValuesMap()))
        .addAllStates(List.of(states))
        .build();
  }

  @Test
  void desired_isNumbered_sent_logged_andReportedByKey() {
    assertFalse(device().hasConfig());
    desires(desire("runtime.threads", "2"));
    assertEquals(HubAction.DEVICE_CONFIGURED, logged());
    desires(desire("heartbeat", "10s"));
    ConfigCommand sent = onTheirWay().get(0);
    assertEquals(2, sent.getVersion());
    assertEquals(Map.of("runtime.threads", "2", "heartbeat", "10s"), sent.getValuesMap());
    assertFalse(device().getConfig().getInSync());
    assertTrue(device().getConfig().getStatesMap().isEmpty());

    says(
        DeviceEvent.newBuilder()
            .setHeartbeat(
                Heartbeat.newBuilder()
                    .setConfig(
                        report(
                            sent,
                            ConfigKeyState.CONFIG_PENDING_RESTART,
                            ConfigKeyState.CONFIG_APPLIED))));
    DeviceConfig config = device().getConfig();
    assertTrue(config.getInSync());
    assertEquals(2, config.getReportedVersion());
    assertEquals(
        Map.of(
            "heartbeat",
            ConfigKeyState.CONFIG_PENDING_RESTART,
            "runtime.threads",
            ConfigKeyState.CONFIG_APPLIED),
        config.getStatesMap());
    assertEquals("anna", config.getSetBy());
    assertEquals("pending-restart", selected());
  }

  private String selected() {
    return List.of("sent", "pending-restart", "applied", "refused-key").stream()
        .filter(word -> Selector.parse("config=" + word).matches(device(), NOW))
        .findFirst()
        .orElse("");
  }

  @Test
  void sameAgain_isNoNewVersion_andAnotherExpectedOneIsRefused() {
    desires(desire("heartbeat", "10s"));
    desires(desire("heartbeat", "10s"));
    assertEquals(1, device().getConfig().getVersion());
    assertEquals(List.of(), onTheirWay());
    DroverException refusal = refused(desire("heartbeat", "20s").setExpectedVersion(4));
    assertEquals(ErrorCode.ILLEGAL_TRANSITION, refusal.code());
    assertTrue(String.valueOf(refusal.getMessage()).contains("version 1 by anna, not 4"));
    desires(Desire.newBuilder().addUnset("heartbeat").setExpectedVersion(1));
    assertEquals(2, device().getConfig().getVersion());
    assertEquals(0, onTheirWay().get(0).getValuesCount());
  }

  @Test
  void badKeysAndValues_areRefused() {
    for (String key : List.of("", "Heartbeat", "a..b", "../x", "a b", "x".repeat(65))) {
      assertEquals(ErrorCode.INVALID_ARGUMENT, refused(desire(key, "1")).code(), key);
    }
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused(desire("a", "1\n2")).code());
    assertEquals(ErrorCode.LIMIT_EXCEEDED, refused(desire("a", "x".repeat(257))).code());
    Desire.Builder many = Desire.newBuilder();
    for (int i = 0; i < 33; i++) {
      many.putSet("k" + i, "1");
    }
    assertEquals(ErrorCode.LIMIT_EXCEEDED, refused(many).code());
    assertFalse(device().hasConfig());
  }

  @Test
  void deviceThatKeepsSomethingElse_isToldAgainWhenItConnects() {
    hello(ConfigReport.getDefaultInstance());
    assertEquals(List.of(), onTheirWay());
    desires(desire("heartbeat", "10s"));
    ConfigCommand desired = onTheirWay().get(0);
    hello(report(desired, ConfigKeyState.CONFIG_APPLIED));
    assertEquals(List.of(), onTheirWay());
    assertEquals("applied", selected());

    // Its store was lost, or the hub was restored from a backup.
    hello(ConfigReport.getDefaultInstance());
    assertEquals(List.of(desired), onTheirWay());
    assertEquals("sent", selected());
    hello(report(desired.toBuilder().setVersion(9).build(), ConfigKeyState.CONFIG_APPLIED));
    assertEquals(List.of(desired), onTheirWay());
    hello(report(desired.toBuilder().putValues("a", "b").build(), ConfigKeyState.CONFIG_APPLIED));
    assertEquals(List.of(desired), onTheirWay());
  }

  @Test
  void labels_areChangedOneByOne_andLogged() {
    Relabel.Builder change =
        Relabel.newBuilder().putSet("site", "hall4").putSet("ring", "1").addRemove("role");
    send(DeviceEnvelope.newBuilder().setRelabel(change.setOperator("anna")));
    assertEquals(Map.of("site", "hall4", "ring", "1"), device().getLabelsMap());
    assertEquals(HubAction.DEVICE_RELABELLED, logged());
    send(DeviceEnvelope.newBuilder().setRelabel(change));
    assertEquals(HubAction.HUB_ACTION_UNSPECIFIED, logged(), "nothing changed");
    assertThrows(
        DroverException.class,
        () ->
            send(
                DeviceEnvelope.newBuilder()
                    .setRelabel(Relabel.newBuilder().putSet("No Key", "x"))));
  }
}
