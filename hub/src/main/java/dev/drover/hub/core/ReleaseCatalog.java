package dev.drover.hub.core;

import dev.drover.crypto.Sha256;
import dev.drover.release.ReleaseManifest;
import java.util.Optional;

/**
 * The published releases as the hub verified them; a port.
 *
 * <p>Thread-safe; returns at once.
 */
public interface ReleaseCatalog {
  /** Nothing was published. */
  ReleaseCatalog NONE =
      new ReleaseCatalog() {
        @Override
        public Optional<ReleaseManifest> manifest(byte[] sha256) {
          return Optional.empty();
        }

        @Override
        public Optional<Sha256> rootSha256() {
          return Optional.empty();
        }
      };

  /** Returns the manifest with this SHA-256, if it was published here. */
  Optional<ReleaseManifest> manifest(byte[] sha256);

  /** Returns the SHA-256 of the first version of the root that signs them, if one was published. */
  Optional<Sha256> rootSha256();
}
