package dev.drover.hub.link;

import com.google.protobuf.ByteString;
import dev.drover.crypto.CertificateRequest;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.envelope.EventAuth;
import dev.drover.hub.HubFixture;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.EnrolRequest;
import dev.drover.v1.EnrolResponse;
import dev.drover.v1.EnrolServiceGrpc;
import dev.drover.v1.Role;
import dev.drover.wire.EnrolmentToken;
import java.security.KeyPair;
import java.security.SecureRandom;

/** The keys of a device that enrols with a whole hub, and what it gets for them. */
final class DeviceKeys {
  /** Of the store of the device. */
  static final long INCARNATION = 1;

  private final String device;
  private final SecureRandom random = new SecureRandom();
  final KeyPair control = KeyFiles.newP256(random);
  final KeyPair bulk = KeyFiles.newP256(random);

  DeviceKeys(String device) {
    this.device = device;
  }

  /** Enrols with a new token. */
  EnrolResponse enrol(HubFixture hub) {
    EnrolmentToken token =
        EnrolmentToken.parse(
            hub.as(Role.OPERATOR)
                .calls()
                .createToken(CreateTokenRequest.newBuilder().setDevice(device).build())
                .getToken());
    return EnrolServiceGrpc.newBlockingStub(hub.withoutCertificate())
        .enrol(
            EnrolRequest.newBuilder()
                .setTokenId(ByteString.copyFrom(token.id()))
                .setTokenSecret(ByteString.copyFrom(token.secret()))
                .setCsr(ByteString.copyFrom(CertificateRequest.create(control)))
                .setBulkCsr(ByteString.copyFrom(CertificateRequest.create(bulk)))
                .setAuditKey(ByteString.copyFrom(Ed25519.publicKey(Ed25519.newSeed(random))))
                .setIncarnation(INCARNATION)
                .build());
  }

  /** Returns an event of this device's store, to be filled. */
  static DeviceEvent.Builder event(long timeMs) {
    return DeviceEvent.newBuilder().setIncarnation(INCARNATION).setTimeMs(timeMs);
  }

  /** Returns what the device sends to tell of an event. */
  byte[] sealed(EnrolResponse enrolled, DeviceEvent.Builder event) {
    byte[] key = enrolled.getLinkKey().toByteArray();
    return EventAuth.seal(key, "default", device, event.build());
  }

  TlsMaterial control(EnrolResponse answer) {
    return tls(control, answer.getCertificate(), answer);
  }

  TlsMaterial bulk(EnrolResponse answer) {
    return tls(bulk, answer.getBulkCertificate(), answer);
  }

  private static TlsMaterial tls(KeyPair pair, ByteString certificate, EnrolResponse answer) {
    return new TlsMaterial(
        pair.getPrivate(),
        Certificates.parse(certificate.toByteArray()),
        Certificates.parse(answer.getCaChain(answer.getCaChainCount() - 1).toByteArray()));
  }
}
