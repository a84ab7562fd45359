package dev.drover.hub.enrol;

import static dev.drover.hub.enrol.EnrolFixture.bytes;
import static dev.drover.testkit.Refusals.assertRefused;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.KeyFiles;
import dev.drover.envelope.CommandAuth;
import dev.drover.envelope.EventAuth;
import dev.drover.envelope.RenewAuth;
import dev.drover.hub.enrol.EnrolFixture.Device;
import dev.drover.v1.Command;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.DeviceState;
import dev.drover.v1.EnrolRequest;
import dev.drover.v1.EnrolResponse;
import dev.drover.v1.RenewRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class EnrolGrpcServiceTest {
  private static final long DAY_MS = Duration.ofDays(1).toMillis();

  @TempDir private Path directory;
  private EnrolFixture hub;

  @BeforeEach
  void start() {
    hub = new EnrolFixture(directory);
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void token_buysCertificates_forTheDeviceThatItNames() {
    hub.invite("cam-0", 1, 60);
    Device device = hub.enrol(1);

    assertEquals("cam-0", device.answer.getDevice());
    assertEquals(EnrolFixture.TENANT, device.answer.getTenant());
    assertEquals(List.of("mqtts://localhost:8883"), device.answer.getBrokersList());
    X509Certificate ca = hub.keys.authority().certificate();
    assertEquals(
        Identity.device("acme", "cam-0"), Certificates.requireIssuedBy(ca, device.certificate()));
    assertEquals(
        Identity.bulk("acme", "cam-0"), Certificates.requireIssuedBy(ca, device.bulkCertificate()));
    assertEquals(device.control.getPublic(), device.certificate().getPublicKey());
    assertEquals(device.bulk.getPublic(), device.bulkCertificate().getPublicKey());
    assertEquals(
        ByteString.copyFrom(
            EventAuth.linkKey(hub.keys.linkSecret(), "acme", "cam-0", device.serial())),
        device.answer.getLinkKey());
    assertEquals(DeviceState.ENROLLED, hub.fleet.devices().get("cam-0").getState());
  }

  /** Else a token that is perhaps never used would take a live device out of its groups. */
  @Test
  void token_withoutLabels_leavesThoseOfTheDevice() {
    hub.invite(CreateTokenRequest.newBuilder().setDevice("cam-0").putLabels("site", "hall3"), 1);
    var unused = hub.enrol(1);
    hub.invite("cam-0", 2, 60);
    assertEquals(Map.of("site", "hall3"), hub.fleet.devices().get("cam-0").getLabelsMap());
    hub.invite(CreateTokenRequest.newBuilder().setDevice("cam-0").putLabels("site", "hall4"), 3);
    assertEquals(Map.of("site", "hall4"), hub.fleet.devices().get("cam-0").getLabelsMap());
  }

  @Test
  void token_isGoodOnce_butTheSameRequestMayComeAgain() {
    hub.invite("cam-0", 1, 60);
    EnrolRequest request = hub.request(1).build();
    EnrolResponse first = hub.enrol(request);
    EnrolResponse again = hub.enrol(request);
    assertEquals(first.getDevice(), again.getDevice());
    assertNotEquals(first.getCertificate(), again.getCertificate());
    await().until(() -> hub.fleet.registry().isRevoked(serial(first)));

    assertRefused(ErrorCode.TOKEN_INVALID, () -> hub.enrol(hub.request(1).build()));
    assertFalse(hub.fleet.registry().isRevoked(serial(again)));
  }

  private static String serial(EnrolResponse answer) {
    return Certificates.parse(answer.getCertificate().toByteArray()).getSerialNumber().toString(16);
  }

  @Test
  void token_thatIsWrong_isRefused() {
    hub.invite("cam-0", 1, 60);
    assertRefused(ErrorCode.TOKEN_INVALID, () -> hub.enrol(hub.request(2).build()));
    assertRefused(
        ErrorCode.TOKEN_INVALID,
        () -> hub.enrol(hub.request(1).setTokenSecret(ByteString.copyFrom(bytes(32, 9))).build()));
    assertEquals(DeviceState.INVITED, hub.fleet.devices().get("cam-0").getState());
    assertEquals("cam-0", hub.enrol(1).answer.getDevice());
  }

  @Test
  void token_thatExpired_isRefused() {
    hub.invite("cam-0", 1, 60);
    EnrolRequest request = hub.request(1).build();
    hub.invite("cam-1", 2, 60);
    var unused = hub.enrol(request);
    hub.time.advance(61_000);
    assertRefused(ErrorCode.TOKEN_EXPIRED, () -> hub.enrol(hub.request(2).build()));
    assertRefused(ErrorCode.TOKEN_EXPIRED, () -> hub.enrol(request));
  }

  @Test
  void request_thatIsMalformed_costsNoToken() {
    hub.invite("cam-0", 1, 60);
    KeyPair pair = KeyFiles.newP256(hub.random);
    EnrolRequest good = hub.request(1).build();
    assertRefused(
        ErrorCode.MESSAGE_MALFORMED,
        () -> hub.enrol(good.toBuilder().setCsr(ByteString.copyFromUtf8("csr")).build()));
    assertRefused(
        ErrorCode.MESSAGE_MALFORMED,
        () ->
            hub.enrol(
                good.toBuilder()
                    .setBulkCsr(ByteString.copyFrom(pair.getPublic().getEncoded()))
                    .build()));
    assertRefused(
        ErrorCode.MESSAGE_MALFORMED,
        () -> hub.enrol(good.toBuilder().setAuditKey(ByteString.copyFrom(new byte[31])).build()));
    assertRefused(
        ErrorCode.EGRESS_REFUSED,
        () -> hub.enrol(good.toBuilder().setTokenId(ByteString.copyFrom(new byte[17])).build()));
    assertEquals("cam-0", hub.enrol(good).getDevice());
  }

  @Test
  void renewal_givesNewCertificates_andKeepsTheOldOnesForAWhile() {
    hub.invite("cam-0", 1, 60);
    Device first = hub.enrol(1);
    hub.time.advance(60 * DAY_MS);
    Device second = hub.renew(first);

    assertNotEquals(first.serial(), second.serial());
    assertEquals(second.control.getPublic(), second.certificate().getPublicKey());
    assertFalse(hub.fleet.registry().isRevoked(first.serial()));
    assertEquals(second.serial(), hub.fleet.devices().get("cam-0").getCertificateSerial());
  }

  @Test
  void renewal_whoseAnswerWasLost_canBeAskedForAgainAndAgain() {
    hub.invite("cam-0", 1, 60);
    Device first = hub.enrol(1);
    Device lost = hub.renew(first);
    Device alsoLost = hub.renew(first);
    Device got = hub.renew(first);
    await().until(() -> hub.fleet.registry().isRevoked(lost.serial()));
    await().until(() -> hub.fleet.registry().isRevoked(alsoLost.serial()));
    Device next = hub.renew(got);
    assertRefused(ErrorCode.CERTIFICATE_REVOKED, () -> hub.renew(lost));
    assertRefused(ErrorCode.CERTIFICATE_REVOKED, () -> hub.renew(first));
    assertEquals(next.serial(), hub.fleet.devices().get("cam-0").getCertificateSerial());
  }

  @Test
  void renewal_withinTheGrace_works_andAfterItDoesNot() {
    hub.invite("cam-0", 1, 60);
    hub.invite("cam-1", 2, 60);
    Device sleeper = hub.enrol(1);
    Device dead = hub.enrol(2);
    hub.time.advance((90 + 29) * DAY_MS);
    Device awake = hub.renew(sleeper);
    assertTrue(awake.certificate().getNotAfter().toInstant().toEpochMilli() > hub.time.wallMs());
    hub.time.advance(2 * DAY_MS);
    assertRefused(ErrorCode.CERTIFICATE_EXPIRED, () -> hub.renew(dead));
  }

  @Test
  void renewal_ofSomebodyElse_isRefused() {
    hub.invite("cam-0", 1, 60);
    hub.invite("cam-1", 2, 60);
    Device device = hub.enrol(1);
    Device other = hub.enrol(2);
    RenewRequest good = hub.renewal(device);

    assertRefused(
        ErrorCode.UNAUTHENTICATED, () -> hub.renew(good.toBuilder().setDevice("cam-1").build()));
    assertRefused(
        ErrorCode.SIGNATURE_INVALID,
        () -> hub.renew(RenewAuth.sign(other.control.getPrivate(), good)));
    assertRefused(
        ErrorCode.SIGNATURE_INVALID,
        () -> hub.renew(good.toBuilder().setCsr(hub.renewal(other).getCsr()).build()));
    assertRefused(
        ErrorCode.SIGNATURE_INVALID,
        () -> hub.renew(good.toBuilder().setTimeMs(good.getTimeMs() + 1).build()));
    // The bulk certificate must not buy a control certificate.
    assertRefused(
        ErrorCode.UNAUTHENTICATED,
        () ->
            hub.renew(
                RenewAuth.sign(
                    device.bulk.getPrivate(),
                    good.toBuilder().setCertificate(device.answer.getBulkCertificate()).build())));
    assertEquals(device.serial(), hub.fleet.devices().get("cam-0").getCertificateSerial());
    assertEquals("cam-0", hub.renew(good).getDevice());
  }

  @Test
  void renewal_underAnotherCa_isRefused() {
    hub.invite("cam-0", 1, 60);
    Device device = hub.enrol(1);
    CertificateAuthority foreign =
        CertificateAuthority.create("acme", hub.random, hub.time.wall().instant());
    X509Certificate forged =
        foreign.issueClient(
            Identity.device("acme", "cam-0"),
            device.control.getPublic(),
            hub.time.wall().instant(),
            Duration.ofDays(1));
    RenewRequest request =
        RenewAuth.sign(
            device.control.getPrivate(),
            hub.renewal(device).toBuilder()
                .setCertificate(ByteString.copyFrom(Certificates.der(forged)))
                .build());
    assertRefused(ErrorCode.CA_MISMATCH, () -> hub.renew(request));
  }

  @Test
  void renewal_datedDaysAway_isRefused() {
    hub.invite("cam-0", 1, 60);
    Device device = hub.enrol(1);
    for (long wrongMs : new long[] {0, 3 * DAY_MS}) {
      RenewRequest request =
          RenewAuth.sign(
              device.control.getPrivate(),
              hub.renewal(device).toBuilder()
                  .setTimeMs(wrongMs == 0 ? 0 : hub.time.wallMs() + wrongMs)
                  .build());
      assertRefused(ErrorCode.CLOCK_UNTRUSTED, () -> hub.renew(request));
    }
  }

  @Test
  void renewal_datedDaysAwayWithANonce_isToldTheTimeAndNothingElse() {
    hub.invite("cam-0", 1, 60);
    Device device = hub.enrol(1);
    ByteString nonce =
        ByteString.copyFrom(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6});
    hub.time.advance(100 * DAY_MS);
    RenewRequest request =
        RenewAuth.sign(
            device.control.getPrivate(),
            hub.renewal(device).toBuilder().setTimeMs(0).setNonce(nonce).build());

    EnrolResponse answer = hub.renew(request);

    assertTrue(answer.getCertificate().isEmpty() && answer.getLinkKey().isEmpty());
    byte[] hubKey = device.answer.getHubKey().toByteArray();
    Command told = CommandAuth.open(hubKey, "acme", "cam-0", answer.getTime().toByteArray());
    assertEquals(0, told.getSeq());
    assertEquals(nonce, told.getTime().getNonce());
    assertEquals(hub.time.wallMs(), told.getTime().getTimeMs());
  }

  @Test
  void revocation_refusesEveryCertificateThatWasEverGood_andCuts() {
    hub.invite("cam-0", 1, 60);
    Device first = hub.enrol(1);
    Device second = hub.renew(first);
    Device third = hub.renew(second);
    Device fourth = hub.renew(third);
    hub.revoke("cam-0");
    for (Device device : List.of(first, second, third, fourth)) {
      await()
          .until(
              () ->
                  isRefused(device.certificate(), Identity.device("acme", "cam-0"))
                      && isRefused(device.bulkCertificate(), Identity.bulk("acme", "cam-0")));
    }
    await()
        .until(
            () ->
                hub.cut.containsAll(
                    List.of(Identity.device("acme", "cam-0"), Identity.bulk("acme", "cam-0"))));
    assertRefused(ErrorCode.CERTIFICATE_REVOKED, () -> hub.renew(fourth));
    assertRefused(ErrorCode.CERTIFICATE_REVOKED, () -> hub.renew(third));
  }

  private boolean isRefused(X509Certificate certificate, Identity identity) {
    return hub.revoked.isRevoked(identity, certificate.getSerialNumber());
  }

  @Test
  void revokedDevice_comesBackOnlyWithANewToken() {
    hub.invite("cam-0", 1, 60);
    EnrolRequest request = hub.request(1).build();
    var unused = hub.enrol(request);
    hub.revoke("cam-0");
    await().until(() -> code(() -> hub.enrol(request)) == ErrorCode.TOKEN_INVALID);
    assertEquals(DeviceState.REVOKED, hub.fleet.devices().get("cam-0").getState());
    hub.time.advance(1);
    hub.invite("cam-0", 2, 60);
    Device again = hub.enrol(2);
    assertEquals(DeviceState.ENROLLED, hub.fleet.devices().get("cam-0").getState());
    assertEquals("cam-0", hub.renew(again).answer.getDevice());
    assertRefused(ErrorCode.TOKEN_INVALID, () -> hub.enrol(request));
  }

  private static ErrorCode code(Executable call) {
    return assertThrows(DroverException.class, call).code();
  }
}
