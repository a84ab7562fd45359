package dev.drover.testkit;

import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.Identity;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A CA and certificates for tests, all made on the spot and valid now. */
public final class TestFleet {
  /** The tenant of every identity. */
  public static final String TENANT = "home";

  private static final Duration LIFE = Duration.ofDays(2);

  private final SecureRandom random = new SecureRandom();
  private final Instant now = Clock.systemUTC().instant();
  private final CertificateAuthority ca = CertificateAuthority.create(TENANT, random, now);

  /** Returns the authority. */
  public CertificateAuthority ca() {
    return ca;
  }

  /** Returns the moment at which everything was issued. */
  public Instant now() {
    return now;
  }

  /** Returns randomness. */
  public SecureRandom random() {
    return random;
  }

  /** Returns a listener's material for loopback, by name and by both addresses. */
  public TlsMaterial server() {
    KeyPair pair = KeyFiles.newP256(random);
    X509Certificate certificate =
        ca.issueServer(
            Identity.server(TENANT, "broker"),
            pair.getPublic(),
            now,
            LIFE,
            List.of("localhost", "127.0.0.1", "::1"));
    return new TlsMaterial(pair.getPrivate(), certificate, ca.certificate());
  }

  /** Returns a client's material. */
  public TlsMaterial client(Identity identity) {
    KeyPair pair = KeyFiles.newP256(random);
    return new TlsMaterial(
        pair.getPrivate(), ca.issueClient(identity, pair.getPublic(), now, LIFE), ca.certificate());
  }

  /** Returns the material of a device's control link. */
  public TlsMaterial device(String name) {
    return client(Identity.device(TENANT, name));
  }

  /** Returns the material of a device's bulk link. */
  public TlsMaterial bulk(String name) {
    return client(Identity.bulk(TENANT, name));
  }
}
