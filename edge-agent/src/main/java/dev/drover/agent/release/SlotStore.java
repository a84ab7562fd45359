package dev.drover.agent.release;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Installed releases as whoever starts one needs them. Thread-safe. */
public interface SlotStore {
  /** Returns where a file lies when it is complete. */
  Path file(String sha256);

  /** Returns a manifest's bytes, kept or installed, if they are what their digest says. */
  Optional<byte[]> manifest(String sha256);

  /**
   * Checks that a slot's files are those that were staged.
   *
   * @param sha256 of the manifest
   * @throws dev.drover.wire.DroverException {@code MODEL_CORRUPT} where a file is another one or
   *     gone
   */
  void verify(String sha256);

  /**
   * Deletes what none of these releases needs.
   *
   * @param kept digests of manifests, staged or being fetched
   */
  void collect(Set<String> kept);
}
