package dev.drover.deploy.sim;

import dev.drover.agent.core.TrustedReleases;
import dev.drover.release.ReleaseManifest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/** Manifests that a simulated device trusts. */
final class SimManifests implements TrustedReleases {
  SimManifests(SimAgent agent) {}

  @Override
  public ReleaseManifest manifest(String sha256) {
    throw new DroverException(ErrorCode.QUESTION_NOT_SIGNED, "No release is trusted.");
  }
}
