package dev.drover.deploy.sim;

import dev.drover.agent.core.TrustedReleases;
import dev.drover.crypto.Hashes;
import dev.drover.release.ReleaseManifest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/** Manifests that a simulated device trusts: what it has from the factory. */
final class SimManifests implements TrustedReleases {
  @Override
  public ReleaseManifest manifest(String sha256) {
    if (!sha256.equals(Hashes.hex(SimReleases.factorySha256()))) {
      throw new DroverException(ErrorCode.QUESTION_NOT_SIGNED, "No such release is trusted.");
    }
    return SimReleases.FACTORY;
  }
}
