package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.hub.v1.AddOperator;
import dev.drover.hub.v1.AuditEnvelope;
import dev.drover.hub.v1.CreateToken;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.HubBegan;
import dev.drover.hub.v1.JobReserved;
import dev.drover.hub.v1.PublishFacts;
import dev.drover.hub.v1.RaiseEpoch;
import dev.drover.hub.v1.RedeemToken;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.hub.v1.RegistryHead;
import dev.drover.hub.v1.RemoveOperator;
import dev.drover.hub.v1.ReserveJob;
import dev.drover.hub.v1.RevokeSerials;
import dev.drover.hub.v1.TokenAnswer;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubStatement;
import dev.drover.v1.Operator;
import dev.drover.v1.Release;
import dev.drover.v1.Role;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegistryMachineTest {
  private static final long NOW = 1_000_000;
  private static final ByteString ID = Devices.digest(1).substring(0, 16);
  private static final ByteString SECRET = Devices.digest(2);
  private final RegistryMachine machine = new RegistryMachine();
  private final MapRows rows = new MapRows("acme");

  private byte[] send(RegistryEnvelope.Builder event, long nowMs) {
    byte[] reply = rows.step(machine, event.build().toByteArray(), nowMs).reply();
    return reply == null ? new byte[0] : reply;
  }

  private void refused(ErrorCode code, RegistryEnvelope.Builder event, long nowMs) {
    DroverException refusal = assertThrows(DroverException.class, () -> send(event, nowMs));
    assertEquals(code, refusal.code());
  }

  private static RegistryEnvelope.Builder token() {
    return RegistryEnvelope.newBuilder()
        .setCreateToken(
            CreateToken.newBuilder()
                .setTokenId(ID)
                .setSecretSha256(SECRET)
                .setDevice("cam-1")
                .putLabels("site", "hall3")
                .setTtlMs(1000)
                .setOperator("anna"));
  }

  private static RegistryEnvelope.Builder redeem(ByteString secret, String request) {
    return RegistryEnvelope.newBuilder()
        .setRedeemToken(
            RedeemToken.newBuilder()
                .setTokenId(ID)
                .setSecretSha256(secret)
                .setRequestSha256(ByteString.copyFromUtf8(request)));
  }

  private HubStatement statement() {
    return StoredRows.event(rows.sent(MachineKeys.AUDIT).get(0), AuditEnvelope.parser())
        .getStatement();
  }

  @Test
  void token_invitesTheDevice_andIsLogged() {
    TokenAnswer answer = StoredRows.event(send(token(), NOW), TokenAnswer.parser());
    assertEquals("cam-1", answer.getDevice());
    assertEquals(NOW + 1000, answer.getExpiresMs());
    DeviceEnvelope invite =
        StoredRows.event(rows.sent(MachineKeys.DEVICE).get(0), DeviceEnvelope.parser());
    assertEquals("hall3", invite.getInvite().getLabelsOrThrow("site"));
    assertEquals(HubAction.TOKEN_CREATED, statement().getAction());
    assertEquals("anna", statement().getOperator());
    refused(ErrorCode.ALREADY_EXISTS, token(), NOW);
  }

  @Test
  void token_worksOnce_butTheSameRequestMayRepeat() {
    send(token(), NOW);
    assertNotEquals(0, send(redeem(SECRET, "a"), NOW + 1).length);
    TokenAnswer again = StoredRows.event(send(redeem(SECRET, "a"), NOW + 2), TokenAnswer.parser());
    assertEquals("hall3", again.getLabelsOrThrow("site"));
    refused(ErrorCode.TOKEN_INVALID, redeem(SECRET, "b"), NOW + 3);
    refused(ErrorCode.TOKEN_EXPIRED, redeem(SECRET, "a"), NOW + 1000);
  }

  @Test
  void token_thatIsWrongOrOld_isRefused() {
    refused(ErrorCode.TOKEN_INVALID, redeem(SECRET, "a"), NOW);
    send(token(), NOW);
    refused(ErrorCode.TOKEN_INVALID, redeem(Devices.digest(3), "a"), NOW);
    refused(ErrorCode.TOKEN_EXPIRED, redeem(SECRET, "a"), NOW + 1000);
  }

  @Test
  void oldTokens_areSwept() {
    send(token(), NOW);
    RegistryEnvelope.Builder next = token();
    next.getCreateTokenBuilder().setTokenId(Devices.digest(9).substring(0, 16));
    send(next, NOW + 48L * 3600 * 1000);
    assertEquals(1, rows.scan(RegistryRows.TOKEN, 10).size());
  }

  @Test
  void everyPairOfAToken_isKnown() {
    for (Tokens.State state : Tokens.State.values()) {
      for (Tokens.Event event : Tokens.Event.values()) {
        boolean allowed =
            (state == Tokens.State.NONE && event == Tokens.Event.CREATE)
                || (state == Tokens.State.OPEN && event == Tokens.Event.REDEEM)
                || (state == Tokens.State.USED && event == Tokens.Event.REPEAT);
        assertEquals(allowed, Tokens.TABLE.allows(state, event), state + " " + event);
      }
    }
  }

  private static RegistryEnvelope.Builder add(String name, Role role, String serial) {
    Operator operator =
        Operator.newBuilder().setOperator(name).setRole(role).setCertificateSerial(serial).build();
    return RegistryEnvelope.newBuilder()
        .setAddOperator(AddOperator.newBuilder().setOperator(operator).setBy("hub"));
  }

  private static RegistryEnvelope.Builder remove(String name) {
    return RegistryEnvelope.newBuilder()
        .setRemoveOperator(RemoveOperator.newBuilder().setOperator(name).setBy("anna"));
  }

  @Test
  void operators_comeAndGo_butTheLastAdminStays() {
    send(add("anna", Role.ADMIN, "1a"), NOW);
    send(add("bert", Role.VIEWER, "2b"), NOW);
    refused(ErrorCode.ALREADY_EXISTS, add("bert", Role.ADMIN, "3c"), NOW);
    refused(ErrorCode.NOT_FOUND, remove("carl"), NOW);
    refused(ErrorCode.ILLEGAL_TRANSITION, remove("anna"), NOW);
    send(remove("bert"), NOW);
    assertEquals(HubAction.OPERATOR_REMOVED, statement().getAction());
    assertTrue(RegistryRows.isRevoked(rows, "2b"));
    RevokeSerials told =
        StoredRows.event(rows.owed(RegistryMachine.REVOKED).get(0), RevokeSerials.parser());
    assertFalse(told.getDevice(), "an operator has no link to cut");
    assertEquals(1, RegistryRows.operators(rows).size());
    send(add("dora", Role.ADMIN, "4d"), NOW);
    send(remove("anna"), NOW);
    assertEquals("dora", RegistryRows.operators(rows).get(0).getOperator());
  }

  @Test
  void revokedSerials_arePaged() {
    RevokeSerials revoke =
        RevokeSerials.newBuilder()
            .addAllSerials(List.of("a", "ab", "b"))
            .setSubject("cam-1")
            .setDevice(true)
            .build();
    send(RegistryEnvelope.newBuilder().setRevokeSerials(revoke), NOW);
    assertEquals(List.of("a", "ab"), RegistryRows.revoked(rows, "", 2));
    assertEquals(List.of("b"), RegistryRows.revoked(rows, "ab", 2));
    assertEquals(List.of("ab", "b"), RegistryRows.revoked(rows, "a", 9));
    assertFalse(RegistryRows.isRevoked(rows, "c"));
  }

  private void revoke(String serial, long expiresMs) {
    RevokeSerials revoke =
        RevokeSerials.newBuilder()
            .addSerials(serial)
            .setSubject("cam-1")
            .setExpiresMs(expiresMs)
            .build();
    send(RegistryEnvelope.newBuilder().setRevokeSerials(revoke), NOW);
  }

  private RevokeSerials forgotten() {
    List<byte[]> owed = rows.owed(RegistryMachine.FORGOTTEN);
    return owed.isEmpty()
        ? RevokeSerials.getDefaultInstance()
        : StoredRows.event(owed.get(0), RevokeSerials.parser());
  }

  private static RegistryEnvelope.Builder began() {
    return RegistryEnvelope.newBuilder().setBegan(HubBegan.getDefaultInstance());
  }

  @Test
  void revokedSerials_areForgotten_aWhileAfterTheirCertificatesEnded() {
    long end = NOW + 90L * 24 * 3600 * 1000;
    revoke("a", end);
    revoke("b", end + 1);
    send(began(), end + RevokedCertificates.KEPT_MS);
    assertEquals(0, forgotten().getSerialsCount());
    send(began(), end + RevokedCertificates.KEPT_MS + 1);
    assertEquals(List.of("a"), forgotten().getSerialsList());
    assertEquals(List.of("b"), RegistryRows.revoked(rows, "", 9));
    assertEquals(
        end + RevokedCertificates.KEPT_MS + 1 + RevokedCertificates.SWEEP_MS,
        rows.timers.get("sweep-revoked"));
  }

  @Test
  void revokedSerials_ofUnknownEnd_areKeptForTheLongestLife() {
    revoke("a", 0);
    long end = NOW + RevokedCertificates.LIFE_MS_MAX + RevokedCertificates.KEPT_MS;
    send(began(), end);
    assertTrue(RegistryRows.isRevoked(rows, "a"));
    send(began(), end + 1);
    assertFalse(RegistryRows.isRevoked(rows, "a"));
  }

  @Test
  void revokedSerials_ofManyPages_areAllLookedAt() {
    int count = 2 * RevokedCertificates.SWEEP_ROWS + 1;
    for (int i = 0; i < count; i++) {
      revoke(Integer.toHexString(0x10000 + i), i % 2 == 0 ? 1 : Long.MAX_VALUE / 2);
    }
    long now = NOW + RevokedCertificates.KEPT_MS + 2;
    int gone = 0;
    send(began(), now);
    for (int page = 0; page < 3; page++) {
      gone += forgotten().getSerialsCount();
      byte[] due = rows.timerEvents.get("sweep-revoked");
      now = rows.timers.get("sweep-revoked");
      send(RegistryEnvelope.newBuilder().mergeFrom(parse(due)), now);
    }
    assertEquals(count / 2 + 1, gone);
    assertEquals(count / 2, RegistryRows.revoked(rows, "", count).size());
  }

  private static RegistryEnvelope parse(byte[] event) {
    return StoredRows.event(event, RegistryEnvelope.parser());
  }

  @Test
  void releases_arePublishedOnce_andTheirNameIsTaken() {
    Release release =
        Release.newBuilder()
            .setRelease("demo/1")
            .setManifestSha256(Devices.digest(4))
            .setTimestampVersion(1)
            .build();
    send(publish(release), NOW);
    assertEquals(HubAction.RELEASE_PUBLISHED, statement().getAction());
    send(publish(release.toBuilder().setTimestampVersion(2).build()), NOW + 5);
    assertTrue(rows.sent(MachineKeys.AUDIT).isEmpty());
    Release kept = RegistryRows.releases(rows).get(0);
    assertEquals(2, kept.getTimestampVersion());
    assertEquals(NOW, kept.getPublishedMs());
    refused(
        ErrorCode.ALREADY_EXISTS,
        publish(release.toBuilder().setManifestSha256(Devices.digest(5)).build()),
        NOW);
  }

  private static RegistryEnvelope.Builder publish(Release release) {
    return RegistryEnvelope.newBuilder()
        .setPublish(PublishFacts.newBuilder().setRelease(release).setBy("anna"));
  }

  private JobReserved reserve(String key, String request) {
    ReserveJob reserve =
        ReserveJob.newBuilder()
            .setIdempotencyKey(key)
            .setRequestSha256(ByteString.copyFromUtf8(request))
            .build();
    return StoredRows.event(
        send(RegistryEnvelope.newBuilder().setReserveJob(reserve), NOW), JobReserved.parser());
  }

  @Test
  void jobs_areNumbered_andListedNewestFirst() {
    for (int i = 0; i < 12; i++) {
      assertEquals("j" + (i + 1), reserve("", "r").getJob());
    }
    assertEquals(List.of("j12", "j11", "j10"), RegistryRows.jobs(rows, "", 3));
    assertEquals(List.of("j9", "j8"), RegistryRows.jobs(rows, "j10", 2));
    assertTrue(RegistryRows.jobs(rows, "j1", 3).isEmpty());
  }

  @Test
  void idempotencyKey_givesTheSameJob_forTheSameRequestOnly() {
    JobReserved first = reserve("k", "r");
    assertFalse(first.getExisting());
    JobReserved again = reserve("k", "r");
    assertTrue(again.getExisting());
    assertEquals(first.getJob(), again.getJob());
    assertEquals(first.getJob(), RegistryRows.jobOfKey(rows, "k").orElseThrow());
    DroverException other = assertThrows(DroverException.class, () -> reserve("k", "s"));
    assertEquals(ErrorCode.ALREADY_EXISTS, other.code());
    assertEquals("j2", reserve("l", "s").getJob());
  }

  @Test
  void epoch_onlyRises() {
    RegistryEnvelope.Builder raise =
        RegistryEnvelope.newBuilder()
            .setRaiseEpoch(RaiseEpoch.newBuilder().setAtLeast(4).setDevice("cam-1"));
    send(raise, NOW);
    assertEquals(HubAction.HUB_EPOCH_RAISED, statement().getAction());
    assertEquals("cam-1", statement().getSubject());
    send(raise, NOW);
    assertTrue(rows.effects.isEmpty());
    assertEquals(4, RegistryRows.head(rows).getHubEpoch());
  }

  @Test
  void start_leavesOutTheNumbersThatAHubMayHaveGivenSinceTheStoreWasBackedUp() {
    RegistryEnvelope.Builder began =
        RegistryEnvelope.newBuilder().setBegan(HubBegan.getDefaultInstance());
    send(began, NOW);
    assertEquals("j1", reserve("", "r").getJob());
    send(began, NOW + 60_000);
    assertEquals("j61", reserve("", "r").getJob());
    send(began, NOW + 60_000);
    assertEquals("j" + (61 + RegistryMachine.JOBS_SKIPPED + 1), reserve("", "r").getJob());
  }

  @Test
  void start_isLogged_andARestoreRaisesTheEpoch() {
    byte[] plain = send(RegistryEnvelope.newBuilder().setBegan(HubBegan.getDefaultInstance()), NOW);
    assertEquals(1, StoredRows.event(plain, RegistryHead.parser()).getHubEpoch());
    assertEquals(HubAction.HUB_STARTED, statement().getAction());
    byte[] restored =
        send(RegistryEnvelope.newBuilder().setBegan(HubBegan.newBuilder().setRestored(true)), NOW);
    assertEquals(2, StoredRows.event(restored, RegistryHead.parser()).getHubEpoch());
    assertEquals(2, rows.sent(MachineKeys.AUDIT).size());
  }

  @Test
  void strangeEvents_areMalformed() {
    refused(ErrorCode.MESSAGE_MALFORMED, RegistryEnvelope.newBuilder(), NOW);
    assertNotNull(
        assertThrows(IllegalArgumentException.class, () -> machine.decode(new byte[] {1}))
            .getMessage());
  }
}
