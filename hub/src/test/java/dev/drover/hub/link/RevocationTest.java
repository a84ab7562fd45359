package dev.drover.hub.link;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import dev.drover.crypto.CertificateRequest;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.envelope.RenewAuth;
import dev.drover.hub.HubFixture;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.DeviceState;
import dev.drover.v1.EnrolRequest;
import dev.drover.v1.EnrolResponse;
import dev.drover.v1.EnrolServiceGrpc;
import dev.drover.v1.RenewRequest;
import dev.drover.v1.RevokeDeviceRequest;
import dev.drover.v1.Role;
import dev.drover.wire.EnrolmentToken;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.HostPort;
import dev.drover.wire.Topics;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device's life with a whole hub, over TLS: token, certificates, broker, revocation. */
class RevocationTest {
  private final SecureRandom random = new SecureRandom();
  private final KeyPair control = KeyFiles.newP256(random);
  private final KeyPair bulk = KeyFiles.newP256(random);
  @TempDir private Path directory;

  @Test
  void device_enrolsAndConnects_untilItIsRevoked() throws Exception {
    String port = Integer.toString(BrokerFixture.freePort());
    try (HubFixture hub = HubFixture.start(directory, Map.of("broker.port", port))) {
      EnrolResponse enrolled = enrol(hub);
      assertEquals("mqtts://localhost:" + port, enrolled.getBrokers(0));
      HostPort broker = new HostPort("localhost", Integer.parseInt(port));
      TlsMaterial tls = tls(control, enrolled.getCertificate(), enrolled);
      TlsMaterial bulkTls = tls(bulk, enrolled.getBulkCertificate(), enrolled);
      Topics topics = new Topics("default");
      try (TestClient device = TestClient.connected(broker, tls, "cam-0");
          TestClient content = TestClient.connected(broker, bulkTls, "cam-0.bulk")) {
        device.subscribe(topics.cmd("cam-0"));
        content.subscribe(topics.chunk("0".repeat(64)));

        assertEquals(
            DeviceState.REVOKED,
            hub.as(Role.ADMIN)
                .calls()
                .revokeDevice(RevokeDeviceRequest.newBuilder().setDevice("cam-0").build())
                .getState());
        await().until(() -> device.lost() && content.lost());
      }
      assertThrows(Exception.class, () -> TestClient.connected(broker, tls, "cam-0"));
      assertThrows(Exception.class, () -> TestClient.connected(broker, bulkTls, "cam-0.bulk"));
      StatusRuntimeException refused =
          assertThrows(StatusRuntimeException.class, () -> renew(hub, tls, enrolled));
      assertEquals(ErrorCode.CERTIFICATE_REVOKED, GrpcErrors.parse(refused).code());

      EnrolResponse again = enrol(hub);
      TestClient.connected(broker, tls(control, again.getCertificate(), again), "cam-0").close();
    }
  }

  private EnrolResponse enrol(HubFixture hub) {
    EnrolmentToken token =
        EnrolmentToken.parse(
            hub.as(Role.OPERATOR)
                .calls()
                .createToken(CreateTokenRequest.newBuilder().setDevice("cam-0").build())
                .getToken());
    return EnrolServiceGrpc.newBlockingStub(hub.withoutCertificate())
        .enrol(
            EnrolRequest.newBuilder()
                .setTokenId(ByteString.copyFrom(token.id()))
                .setTokenSecret(ByteString.copyFrom(token.secret()))
                .setCsr(ByteString.copyFrom(CertificateRequest.create(control)))
                .setBulkCsr(ByteString.copyFrom(CertificateRequest.create(bulk)))
                .setAuditKey(ByteString.copyFrom(Ed25519.publicKey(Ed25519.newSeed(random))))
                .setIncarnation(1)
                .build());
  }

  private EnrolResponse renew(HubFixture hub, TlsMaterial shown, EnrolResponse enrolled) {
    RenewRequest request =
        RenewAuth.sign(
            control.getPrivate(),
            RenewRequest.newBuilder()
                .setDevice("cam-0")
                .setCsr(ByteString.copyFrom(CertificateRequest.create(control)))
                .setBulkCsr(ByteString.copyFrom(CertificateRequest.create(bulk)))
                .setCertificate(enrolled.getCertificate())
                .setTimeMs(Clock.systemUTC().millis())
                .build());
    return EnrolServiceGrpc.newBlockingStub(hub.channel(shown)).renew(request);
  }

  private static TlsMaterial tls(KeyPair pair, ByteString certificate, EnrolResponse answer) {
    return new TlsMaterial(
        pair.getPrivate(),
        Certificates.parse(certificate.toByteArray()),
        Certificates.parse(answer.getCaChain(answer.getCaChainCount() - 1).toByteArray()));
  }
}
