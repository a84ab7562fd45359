package dev.drover.agent.release;

import java.util.List;

/** Asks the hub for chunks. */
@FunctionalInterface
public interface ChunkWants {
  /**
   * Asks for at most {@link dev.drover.wire.Limits#WANT_CHUNKS_MAX} chunks; may be lost.
   *
   * @param ahead whether they may be on the broker; else they are not, as far as this device sees
   */
  void want(List<String> sha256s, boolean ahead);
}
