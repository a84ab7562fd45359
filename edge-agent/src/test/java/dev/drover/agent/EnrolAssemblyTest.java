package dev.drover.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.agent.config.AgentPlaces;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.identity.IdentityStore;
import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.DroverException;
import dev.drover.wire.EnrolmentToken;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A directory stays with its device. No hub runs here: who gets as far as to call one is let in.
 */
class EnrolAssemblyTest {
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private final SecureRandom random = new SecureRandom();
  private final CertificateAuthority authority = CertificateAuthority.create("hall", random, NOW);

  @TempDir Path data;

  @BeforeEach
  void enrol() {
    byte[] seed = Ed25519.newSeed(random);
    new IdentityStore(AgentPlaces.identity(data))
        .save(
            new DeviceIdentity(
                "hall",
                "node-a",
                tls(Identity.device("hall", "node-a")),
                tls(Identity.bulk("hall", "node-a")),
                seed,
                Ed25519.publicKey(seed),
                new byte[32],
                List.of("mqtts://localhost:1"),
                List.of("localhost:1"),
                "drover/hall",
                7));
  }

  @Test
  void token_forTheSameDevice_isUsed() {
    assertEquals(ErrorCode.UNAVAILABLE, refused(authority, "node-a", "hall"));
  }

  @Test
  void token_ofAnotherDeviceTenantOrHub_isKept() {
    assertEquals(ErrorCode.ALREADY_EXISTS, refused(authority, "node-b", "hall"));
    assertEquals(ErrorCode.ALREADY_EXISTS, refused(authority, "node-a", "yard"));
    CertificateAuthority other = CertificateAuthority.create("hall", random, NOW);
    assertEquals(ErrorCode.ALREADY_EXISTS, refused(other, "node-a", "hall"));
  }

  @Test
  void token_whereTheIdentityIsDamaged_isUsed() throws IOException {
    Files.delete(data.resolve("identity/v1/link.key"));
    assertEquals(ErrorCode.UNAVAILABLE, refused(authority, "node-b", "hall"));
  }

  @Test
  void token_withARootThatIsNone_isKept() {
    String token = token(authority, "node-a", "hall");
    DroverException refused =
        assertThrows(
            DroverException.class,
            () -> EnrolAssembly.enrol(data, token, Optional.of(new byte[] {'{', '}'}), ""));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
  }

  @Test
  void hub_withAnIpv6Address_isCalledLikeAnyOther() {
    String token = token("[::1]:1", authority, "node-a", "hall");
    DroverException refused =
        assertThrows(
            DroverException.class, () -> EnrolAssembly.enrol(data, token, Optional.empty(), ""));
    assertEquals(ErrorCode.UNAVAILABLE, refused.code());
  }

  @Test
  void token_whereTheIdentityCannotBeSaved_isKept() throws IOException {
    Path file = Files.writeString(data.resolve("file"), "x");
    assertEquals(ErrorCode.STORE_FAILED, refused(file, authority, "node-a", "hall"));
  }

  private ErrorCode refused(CertificateAuthority hub, String device, String tenant) {
    return refused(data, hub, device, tenant);
  }

  private static ErrorCode refused(
      Path directory, CertificateAuthority hub, String device, String tenant) {
    String token = token(hub, device, tenant);
    return assertThrows(
            DroverException.class,
            () -> EnrolAssembly.enrol(directory, token, Optional.empty(), ""))
        .code();
  }

  private static String token(CertificateAuthority hub, String device, String tenant) {
    return token("127.0.0.1:1", hub, device, tenant);
  }

  private static String token(
      String address, CertificateAuthority hub, String device, String tenant) {
    return new EnrolmentToken(
            List.of(address),
            Certificates.fingerprint(hub.certificate()),
            "",
            new byte[EnrolmentToken.ID_BYTES],
            new byte[EnrolmentToken.SECRET_BYTES],
            device,
            tenant)
        .format();
  }

  private TlsMaterial tls(Identity whose) {
    KeyPair pair = KeyFiles.newP256(random);
    return new TlsMaterial(
        pair.getPrivate(),
        authority.issueClient(whose, pair.getPublic(), NOW, Duration.ofDays(90)),
        authority.certificate());
  }
}
