package dev.drover.hub.fleet;

import dev.drover.crypto.Sha256;

/** Told of each chunk that a device misses. */
@FunctionalInterface
public interface ChunkWants {
  /**
   * Takes a want; returns at once.
   *
   * @param ahead whether the device has not looked for it on the broker yet
   */
  void want(Sha256 sha256, boolean ahead);
}
