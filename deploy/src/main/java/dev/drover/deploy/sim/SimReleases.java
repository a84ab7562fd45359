package dev.drover.deploy.sim;

import dev.drover.crypto.Sha256;
import dev.drover.hub.core.ReleaseCatalog;
import dev.drover.release.ReleaseManifest;
import java.util.Optional;

/** What the publisher made, as the hub has it. */
final class SimReleases implements ReleaseCatalog {
  @Override
  public Optional<ReleaseManifest> manifest(byte[] sha256) {
    return Optional.empty();
  }

  @Override
  public Optional<Sha256> rootSha256() {
    return Optional.empty();
  }

  void publishTo(SimBroker broker) {}

  void publish(SimBroker broker, String sha256) {}
}
