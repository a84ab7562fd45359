package dev.drover.agent.identity;

import com.google.protobuf.ByteString;
import dev.drover.crypto.CertificateRequest;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.envelope.CommandAuth;
import dev.drover.envelope.RenewAuth;
import dev.drover.v1.Command;
import dev.drover.v1.EnrolRequest;
import dev.drover.v1.EnrolResponse;
import dev.drover.v1.RenewRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.EgressGuard;
import dev.drover.wire.EnrolmentToken;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Buys certificates: the first ones with a token, later ones with those. Keys are made here and
 * never leave the device. Nothing is written; the caller saves what it gets.
 */
public final class Enrolment {
  private static final int LINK_KEY_BYTES_MIN = 16;
  private static final int LINK_KEY_BYTES_MAX = 64;
  private static final int BROKERS_MAX = 16;
  private static final int NONCE_BYTES = 16;

  private final HubCalls calls;
  private final SecureRandom random;
  private final InstantSource clock;
  private final LongConsumer hubTime;

  /**
   * Makes enrolments possible.
   *
   * @param clock the best time that the device knows
   * @param hubTime takes the hub's time, UTC milliseconds, where it refused to renew by this clock;
   *     may refuse it with {@code CLOCK_UNTRUSTED}
   */
  public Enrolment(HubCalls calls, SecureRandom random, InstantSource clock, LongConsumer hubTime) {
    this.calls = calls;
    this.random = random;
    this.clock = clock;
    this.hubTime = hubTime;
  }

  /**
   * What enrolment gave.
   *
   * @param identity to be saved
   * @param releaseRoot the root document from which release metadata is trusted; empty where the
   *     hub has none yet and the owner gave none
   */
  public record Enrolled(DeviceIdentity identity, byte[] releaseRoot) {}

  /**
   * Enrols a device.
   *
   * @param ownRoot a release root that the owner gives; it wins over the hub's
   * @param incarnation random number for a new store
   * @throws DroverException {@code CA_MISMATCH}, {@code TOKEN_INVALID}, {@code TOKEN_EXPIRED},
   *     {@code UNAVAILABLE}, {@code SIGNATURE_INVALID} where the hub's release root is not the one
   *     that the token names, {@code MESSAGE_MALFORMED} where its answer makes no sense
   */
  public Enrolled enrol(EnrolmentToken token, Optional<byte[]> ownRoot, long incarnation) {
    KeyPair control = KeyFiles.newP256(random);
    KeyPair bulk = KeyFiles.newP256(random);
    byte[] auditSeed = Ed25519.newSeed(random);
    EnrolRequest request =
        EnrolRequest.newBuilder()
            .setTokenId(ByteString.copyFrom(token.id()))
            .setTokenSecret(ByteString.copyFrom(token.secret()))
            .setCsr(ByteString.copyFrom(CertificateRequest.create(control)))
            .setBulkCsr(ByteString.copyFrom(CertificateRequest.create(bulk)))
            .setAuditKey(ByteString.copyFrom(Ed25519.publicKey(auditSeed)))
            .setIncarnation(incarnation)
            .build();
    EgressGuard.check(request);
    EnrolResponse response =
        calls.call(token.hubs(), token.caSha256(), stub -> stub.enrol(request));
    X509Certificate ca = ca(response);
    require(Certificates.fingerprint(ca).equals(token.caSha256()), "its CA is another one");
    Identity expected = Identity.device(token.tenant(), token.device());
    DeviceIdentity identity =
        identity(response, expected, control, bulk, auditSeed, token.hubs(), incarnation);
    return new Enrolled(identity, ownRoot.orElseGet(() -> releaseRoot(token, response)));
  }

  /**
   * Renews the certificates, with new keys for both links. Works before and, within the hub's
   * grace, after the present one ended, also with a clock that is years off: the hub then tells the
   * time, bound to a number that is made here, and it is tried once more.
   *
   * @throws DroverException like {@link #enrol}; also {@code CERTIFICATE_REVOKED}, {@code
   *     CERTIFICATE_EXPIRED} and {@code CLOCK_UNTRUSTED}
   */
  public DeviceIdentity renew(DeviceIdentity present) {
    KeyPair control = KeyFiles.newP256(random);
    KeyPair bulk = KeyFiles.newP256(random);
    EnrolResponse response = askToRenew(present, control, bulk);
    if (!response.getTime().isEmpty()) {
      response = askToRenew(present, control, bulk);
    }
    if (!response.getTime().isEmpty()) {
      throw new DroverException(
          ErrorCode.CLOCK_UNTRUSTED, "The hub's time could not be made this device's.");
    }
    String pin = Certificates.fingerprint(present.control().ca());
    require(Certificates.fingerprint(ca(response)).equals(pin), "its CA is another one");
    Identity expected = Identity.device(present.tenant(), present.device());
    return identity(
        response,
        expected,
        control,
        bulk,
        present.auditSeed(),
        present.hubs(),
        present.incarnation());
  }

  /** Asks once; where the answer is the time, the clock is set to it before this returns. */
  private EnrolResponse askToRenew(DeviceIdentity present, KeyPair control, KeyPair bulk) {
    TlsMaterial shown = present.control();
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    RenewRequest request =
        RenewAuth.sign(
            shown.key(),
            RenewRequest.newBuilder()
                .setDevice(present.device())
                .setCsr(ByteString.copyFrom(CertificateRequest.create(control)))
                .setBulkCsr(ByteString.copyFrom(CertificateRequest.create(bulk)))
                .setCertificate(ByteString.copyFrom(Certificates.der(shown.certificate())))
                .setTimeMs(clock.millis())
                .setNonce(ByteString.copyFrom(nonce))
                .build());
    EgressGuard.check(request);
    // TLS refuses a certificate that has ended, and only the hub may know that this one has: so
    // none is shown, and the signature speaks for the device.
    EnrolResponse response =
        calls.callWithoutTime(
            present.hubs(),
            Certificates.fingerprint(shown.ca()),
            stub -> stub.renew(request),
            answer -> !answer.getTime().isEmpty());
    if (!response.getTime().isEmpty()) {
      learn(present, nonce, response.getTime().toByteArray());
    }
    return response;
  }

  private void learn(DeviceIdentity self, byte[] nonce, byte[] signed) {
    Command command = CommandAuth.open(self.hubKey(), self.tenant(), self.device(), signed);
    boolean fits =
        command.hasTime()
            && MessageDigest.isEqual(nonce, command.getTime().getNonce().toByteArray());
    if (!fits) {
      throw new DroverException(
          ErrorCode.LEASE_REPLAYED, "A time of the hub does not answer this request.");
    }
    hubTime.accept(command.getTime().getTimeMs());
  }

  private static DeviceIdentity identity(
      EnrolResponse response,
      Identity expected,
      KeyPair control,
      KeyPair bulk,
      byte[] auditSeed,
      List<String> hubs,
      long incarnation) {
    X509Certificate ca = ca(response);
    Identity bulkExpected = Identity.bulk(expected.tenant(), expected.name());
    byte[] linkKey = response.getLinkKey().toByteArray();
    byte[] hubKey = response.getHubKey().toByteArray();
    require(
        linkKey.length >= LINK_KEY_BYTES_MIN && linkKey.length <= LINK_KEY_BYTES_MAX,
        "it has no link key");
    require(hubKey.length == Ed25519.KEY_BYTES, "it has no hub key");
    int brokers = response.getBrokersCount();
    require(brokers >= 1 && brokers <= BROKERS_MAX, "it names no broker");
    return new DeviceIdentity(
        expected.tenant(),
        expected.name(),
        tls(response.getCertificate(), ca, control, expected),
        tls(response.getBulkCertificate(), ca, bulk, bulkExpected),
        auditSeed,
        hubKey,
        linkKey,
        response.getBrokersList(),
        hubs,
        response.getLogOrigin(),
        incarnation);
  }

  private static TlsMaterial tls(
      ByteString der, X509Certificate ca, KeyPair pair, Identity expected) {
    X509Certificate certificate = Certificates.parse(der.toByteArray());
    Identity named = Certificates.requireIssuedBy(ca, certificate);
    require(named.equals(expected), "a certificate names somebody else");
    require(certificate.getPublicKey().equals(pair.getPublic()), "a certificate is of other keys");
    return new TlsMaterial(pair.getPrivate(), certificate, ca);
  }

  private static X509Certificate ca(EnrolResponse response) {
    require(response.getCaChainCount() >= 1, "it has no CA");
    return Certificates.parse(response.getCaChain(response.getCaChainCount() - 1).toByteArray());
  }

  private static byte[] releaseRoot(EnrolmentToken token, EnrolResponse response) {
    byte[] root = response.getReleaseRoot().toByteArray();
    boolean named = !token.rootSha256().isEmpty();
    if (named && !Hashes.hex(Hashes.sha256(root)).equals(token.rootSha256())) {
      throw new DroverException(
          ErrorCode.SIGNATURE_INVALID, "The hub's release root is not the one in the token.");
    }
    return root;
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "The hub's answer cannot be used: " + otherwise + ".");
    }
  }
}
