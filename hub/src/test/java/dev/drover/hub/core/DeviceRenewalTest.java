package dev.drover.hub.core;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.drover.hub.v1.Credentials;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.Enrolled;
import dev.drover.hub.v1.Invite;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.hub.v1.Renewed;
import dev.drover.hub.v1.Revoke;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which certificates of a device are good after renewals. */
class DeviceRenewalTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final long LATER = NOW + 50;

  private final DeviceMachine machine = new DeviceMachine();
  private final MapRows rows = new MapRows("acme|cam-0");

  @BeforeEach
  void enrol() {
    send(DeviceEnvelope.newBuilder().setInvite(Invite.getDefaultInstance()), NOW);
    send(
        DeviceEnvelope.newBuilder()
            .setEnrolled(Enrolled.newBuilder().setCredentials(credentials("a1", LATER))),
        NOW);
  }

  @Test
  void renewal_remembersTheCertificatesBefore() {
    renew("a2", "a1", NOW);
    Credentials now = DeviceRows.row(rows).orElseThrow().getCredentials();
    assertEquals("a2", now.getSerial());
    assertEquals("a1", now.getPreviousSerial());
    assertEquals("b1", now.getPreviousBulkSerial());
    assertEquals(LATER, now.getPreviousExpiresMs());
    assertEquals(List.of(), refused());
  }

  @Test
  void renewals_refuseWhatTheRowForgets_unlessItEnded() {
    renew("a2", "a1", NOW);
    renew("a3", "a2", NOW);
    assertEquals(List.of("a1", "b1"), refused());
    renew("a4", "a3", LATER);
    assertEquals(List.of(), refused());
    send(DeviceEnvelope.newBuilder().setRevoke(Revoke.newBuilder().setOperator("anna")), NOW);
    assertEquals(List.of("a4", "b4", "a3", "b3"), refused());
  }

  @Test
  void renewal_whoseAnswerWasLost_canBeAskedForAgain_byTheSameCertificate() {
    renew("a2", "a1", NOW);
    renew("a3", "a1", NOW);
    assertEquals(List.of("a2", "b2"), refused());
    renew("a4", "a1", NOW);
    assertEquals(List.of("a3", "b3"), refused());
    Credentials now = DeviceRows.row(rows).orElseThrow().getCredentials();
    assertEquals("a4", now.getSerial());
    assertEquals("a1", now.getPreviousSerial());
  }

  @Test
  void renewal_byWhatAnEnrolmentReplaced_isRefused_andChangesNothing() {
    send(
        DeviceEnvelope.newBuilder()
            .setEnrolled(Enrolled.newBuilder().setCredentials(credentials("a2", LATER))),
        NOW);
    assertRefused(ErrorCode.CERTIFICATE_REVOKED, () -> renew("a3", "a1", NOW));
    assertRefused(ErrorCode.CERTIFICATE_REVOKED, () -> renew("a3", "", NOW));
    assertEquals("a2", DeviceRows.row(rows).orElseThrow().getCredentials().getSerial());
  }

  @Test
  void renewal_keepsTheAuditKeyOfTheEnrolment() {
    ByteString key = ByteString.copyFromUtf8("the key that the log names");
    send(
        DeviceEnvelope.newBuilder()
            .setEnrolled(
                Enrolled.newBuilder()
                    .setCredentials(credentials("a2", LATER).toBuilder().setAuditKey(key))),
        NOW);
    renew("a3", "a2", NOW);
    assertEquals(key, DeviceRows.row(rows).orElseThrow().getCredentials().getAuditKey());
  }

  private static Credentials credentials(String serial, long expiresMs) {
    return Credentials.newBuilder()
        .setSerial(serial)
        .setBulkSerial(serial.replace('a', 'b'))
        .setExpiresMs(expiresMs)
        .build();
  }

  private void renew(String serial, String shown, long nowMs) {
    send(
        DeviceEnvelope.newBuilder()
            .setRenewed(
                Renewed.newBuilder()
                    .setCredentials(credentials(serial, LATER))
                    .setShownSerial(shown)),
        nowMs);
  }

  private void send(DeviceEnvelope.Builder event, long nowMs) {
    var unused = rows.step(machine, event.build().toByteArray(), nowMs);
  }

  /** Returns what the last step asked the registry to refuse. */
  private List<String> refused() {
    List<String> serials = new ArrayList<>();
    rows.sent(MachineKeys.REGISTRY)
        .forEach(
            bytes ->
                serials.addAll(
                    StoredRows.event(bytes, RegistryEnvelope.parser())
                        .getRevokeSerials()
                        .getSerialsList()));
    return serials;
  }
}
