package dev.drover.hub.core;

import dev.drover.release.ReleaseManifest;
import java.util.Optional;

/**
 * The published releases as the hub verified them; a port.
 *
 * <p>Thread-safe; returns at once.
 */
@FunctionalInterface
public interface ReleaseCatalog {
  /** Returns the manifest with this SHA-256, if it was published here. */
  Optional<ReleaseManifest> manifest(byte[] sha256);
}
