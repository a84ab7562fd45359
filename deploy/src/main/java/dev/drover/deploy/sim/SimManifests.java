package dev.drover.deploy.sim;

import dev.drover.agent.core.TrustedReleases;
import dev.drover.crypto.Hashes;
import dev.drover.release.ReleaseManifest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/**
 * Manifests that a simulated device trusts: that of the factory, those of its slots, and those of
 * signed metadata.
 */
final class SimManifests implements TrustedReleases {
  private static final int DOUBTS = 10;
  private static final int DOUBT_MS_MAX = 40_000;

  private final SimAgent agent;
  private final SimInstalls installs;

  SimManifests(SimAgent agent, SimInstalls installs) {
    this.agent = agent;
    this.installs = installs;
  }

  @Override
  public ReleaseManifest manifest(String sha256) {
    if (agent.random.nextInt(DOUBTS) == 0) {
      installs.takeTime(DOUBT_MS_MAX);
      throw new DroverException(
          ErrorCode.QUESTION_NOT_SIGNED, "The seed has its signature doubted.");
    }
    if (sha256.equals(Hashes.hex(SimReleases.factorySha256()))) {
      return SimReleases.FACTORY;
    }
    ReleaseManifest manifest =
        installs
            .slots()
            .manifest(sha256)
            .map(ReleaseManifest::parse)
            .orElseThrow(
                () ->
                    new DroverException(
                        ErrorCode.UNAVAILABLE, "The release's manifest is not here."));
    boolean trusted =
        installs.slots().isStaged(sha256)
            || installs
                .trust()
                .stored()
                .flatMap(known -> known.find(manifest.targetPath(), sha256))
                .isPresent();
    if (!trusted) {
      throw new DroverException(
          ErrorCode.QUESTION_NOT_SIGNED, "No release metadata that this device trusts lists it.");
    }
    return manifest;
  }
}
