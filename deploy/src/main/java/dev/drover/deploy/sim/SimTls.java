package dev.drover.deploy.sim;

import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.Identity;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;

/** Certificates that identities have to hold and that no simulated link looks at. */
final class SimTls {
  private SimTls() {}

  static TlsMaterial material() {
    SeededSecurity random = new SeededSecurity(new SplittableRandom(1));
    Instant now = Instant.ofEpochMilli(SimWorld.BEGIN_MS);
    CertificateAuthority authority = CertificateAuthority.create(SimWorld.TENANT, random, now);
    KeyPair pair = KeyFiles.newP256(random);
    return new TlsMaterial(
        pair.getPrivate(),
        authority.issueClient(
            Identity.device(SimWorld.TENANT, "none"), pair.getPublic(), now, Duration.ofDays(1)),
        authority.certificate());
  }
}
