package dev.drover.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

final class CertificatesTest {
  private static final Instant NOW = Instant.parse("2027-03-01T12:00:00Z");
  private static final Duration YEAR = Duration.ofDays(365);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final CertificateAuthority CA = CertificateAuthority.create("home", RANDOM, NOW);
  private static final KeyPair PAIR = KeyFiles.newP256(RANDOM);

  @TempDir Path directory;

  private static X509Certificate device() {
    return CA.issueClient(Identity.device("home", "lamp"), PAIR.getPublic(), NOW, YEAR);
  }

  private static void assertFails(ErrorCode code, Executable action) {
    assertEquals(code, assertThrows(DroverException.class, action).code());
  }

  @Test
  void client_issued_isKnownAndLimitedToClients() throws Exception {
    for (Identity identity :
        List.of(
            Identity.device("home", "lamp"),
            Identity.bulk("home", "lamp"),
            Identity.hub("home"),
            Identity.operator("home", "ann"))) {
      X509Certificate certificate = CA.issueClient(identity, PAIR.getPublic(), NOW, YEAR);
      assertEquals(identity, Certificates.requireIssuedBy(CA.certificate(), certificate));
      assertEquals(List.of("1.3.6.1.5.5.7.3.2"), certificate.getExtendedKeyUsage());
      assertEquals(-1, certificate.getBasicConstraints());
      assertEquals(NOW.plus(YEAR), certificate.getNotAfter().toInstant());
    }
  }

  @Test
  void server_issued_carriesItsAddresses() throws Exception {
    X509Certificate certificate =
        CA.issueServer(
            Identity.server("home", "broker"),
            PAIR.getPublic(),
            NOW,
            YEAR,
            List.of("hub.local", "127.0.0.1", "::1"));
    assertEquals(List.of("1.3.6.1.5.5.7.3.1"), certificate.getExtendedKeyUsage());
    assertEquals(
        List.of(List.of(2, "hub.local"), List.of(7, "127.0.0.1"), List.of(7, "0:0:0:0:0:0:0:1")),
        List.copyOf(certificate.getSubjectAlternativeNames()));
  }

  @Test
  void server_malformedAddress_isRefused() {
    for (String address : List.of("", "a b", "-a", "300.1.1.1", "::zz", "*.x", "a/b")) {
      assertFails(
          ErrorCode.INVALID_ARGUMENT,
          () ->
              CA.issueServer(
                  Identity.server("home", "b"), PAIR.getPublic(), NOW, YEAR, List.of(address)));
    }
  }

  @Test
  void certificate_ofAnotherAuthority_isRefused() {
    CertificateAuthority other = CertificateAuthority.create("home", RANDOM, NOW);
    assertFails(
        ErrorCode.CA_MISMATCH, () -> Certificates.requireIssuedBy(other.certificate(), device()));
    assertNotEquals(CA.pin(), other.pin());
  }

  @Test
  void authorityItself_isNobody() {
    assertFails(
        ErrorCode.UNAUTHENTICATED,
        () -> Certificates.requireIssuedBy(CA.certificate(), CA.certificate()));
    assertEquals(Optional.empty(), Certificates.identity(CA.certificate()));
  }

  @Test
  void dates_outsideLife_areToldApart() {
    X509Certificate certificate = device();
    Certificates.requireValid(certificate, NOW);
    assertFails(
        ErrorCode.CLOCK_UNTRUSTED, () -> Certificates.requireValid(certificate, Instant.EPOCH));
    assertFails(
        ErrorCode.CERTIFICATE_EXPIRED,
        () -> Certificates.requireValid(certificate, NOW.plus(YEAR).plusSeconds(1)));
    Instant renewAt = Certificates.renewAt(certificate);
    assertTrue(renewAt.isAfter(NOW.plus(Duration.ofDays(243))));
    assertTrue(renewAt.isBefore(NOW.plus(Duration.ofDays(244))));
  }

  @Test
  void life_beyondTheAuthority_isCut() {
    X509Certificate certificate =
        CA.issueClient(Identity.hub("home"), PAIR.getPublic(), NOW, Duration.ofDays(365 * 30));
    assertEquals(CA.certificate().getNotAfter(), certificate.getNotAfter());
  }

  @Test
  void files_writtenAndRead_areTheSame() throws Exception {
    Path key = directory.resolve("ca.key");
    Path file = directory.resolve("ca.pem");
    CA.store(key, file);
    CertificateAuthority read = CertificateAuthority.load(key, file, RANDOM);
    assertEquals(CA.certificate(), read.certificate());
    assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(key));
    X509Certificate certificate =
        read.issueClient(Identity.hub("home"), PAIR.getPublic(), NOW, YEAR);
    Certificates.requireIssuedBy(CA.certificate(), certificate);
    Certificates.write(file, certificate);
    assertFails(ErrorCode.CA_MISMATCH, () -> CertificateAuthority.load(key, file, RANDOM));
    assertFails(ErrorCode.NOT_FOUND, () -> Certificates.read(directory.resolve("none")));
  }

  @Test
  void certificate_damagedOrTooLarge_isRefused() {
    assertFails(ErrorCode.INVALID_ARGUMENT, () -> Certificates.parse(new byte[10]));
    assertFails(
        ErrorCode.LIMIT_EXCEEDED, () -> Certificates.parse(new byte[Certificates.BYTES_MAX + 1]));
  }

  @Test
  void request_made_givesItsKey() {
    assertEquals(PAIR.getPublic(), CertificateRequest.parse(CertificateRequest.create(PAIR)));
  }

  @Test
  void request_withBitsFlipped_givesNoOtherKey() {
    byte[] der = CertificateRequest.create(PAIR);
    assertTrue(der.length <= CertificateRequest.BYTES_MAX);
    int refused = 0;
    for (int i = 0; i < der.length * 8; i++) {
      byte[] flipped = der.clone();
      flipped[i / 8] ^= (byte) (1 << (i % 8));
      try {
        assertEquals(PAIR.getPublic(), CertificateRequest.parse(flipped));
      } catch (DroverException expected) {
        refused++;
      }
    }
    assertTrue(refused > der.length * 8 * 9 / 10, "refused " + refused);
  }

  @Test
  void request_ofAnotherKind_isRefused() throws Exception {
    assertFails(ErrorCode.MESSAGE_MALFORMED, () -> CertificateRequest.parse(new byte[0]));
    assertFails(
        ErrorCode.LIMIT_EXCEEDED,
        () -> CertificateRequest.parse(new byte[CertificateRequest.BYTES_MAX + 1]));
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(384);
    byte[] p384 = CertificateRequest.create(generator.generateKeyPair());
    assertFails(ErrorCode.MESSAGE_MALFORMED, () -> CertificateRequest.parse(p384));
  }

  @Test
  void revocationList_signed_holdsTheSerials() throws Exception {
    BigInteger serial = device().getSerialNumber();
    String pem = CA.revocationList(List.of(serial), NOW, YEAR);
    X509CRL list =
        (X509CRL)
            CertificateFactory.getInstance("X.509")
                .generateCRL(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
    list.verify(CA.certificate().getPublicKey());
    assertFalse(list.isRevoked(device()));
    assertEquals(serial, list.getRevokedCertificate(serial).getSerialNumber());
  }

  @Test
  void stores_written_areOwnerOnlyAndReadable() throws Exception {
    TlsMaterial material = new TlsMaterial(PAIR.getPrivate(), device(), CA.certificate());
    Path file = directory.resolve("key.p12");
    material.writeKeyStore(file, "secret".toCharArray());
    assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(file));
    java.security.KeyStore store =
        java.security.KeyStore.getInstance(file.toFile(), "secret".toCharArray());
    assertEquals(1, store.size());
    assertEquals("TlsMaterial[CN=lamp, OU=device, O=home]", material.toString());
  }
}
