package dev.drover.deploy.doctor;

import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.Identity;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Identities of devices, as a hub's CA issues them. */
final class Identities {
  static final Duration LIFE = Duration.ofDays(90);

  private static final SecureRandom RANDOM = new SecureRandom();

  private Identities() {}

  /** Returns an identity whose certificates were issued then. */
  static DeviceIdentity issued(Instant then, String hub, String broker) {
    return issued(CertificateAuthority.create("default", RANDOM, then), then, hub, broker);
  }

  static DeviceIdentity issued(
      CertificateAuthority authority, Instant then, String hub, String broker) {
    byte[] seed = Ed25519.newSeed(RANDOM);
    return new DeviceIdentity(
        "default",
        "node-a",
        tls(authority, Identity.device("default", "node-a"), then),
        tls(authority, Identity.bulk("default", "node-a"), then),
        seed,
        Ed25519.publicKey(seed),
        new byte[32],
        List.of("mqtts://" + broker),
        List.of(hub),
        "drover/default",
        7);
  }

  private static TlsMaterial tls(CertificateAuthority authority, Identity whose, Instant then) {
    KeyPair pair = KeyFiles.newP256(RANDOM);
    return new TlsMaterial(
        pair.getPrivate(),
        authority.issueClient(whose, pair.getPublic(), then, LIFE),
        authority.certificate());
  }
}
