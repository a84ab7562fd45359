package dev.drover.trust;

import java.util.Optional;

/**
 * Where metadata documents come from. The source is not trusted: whatever it returns is verified.
 */
@FunctionalInterface
public interface Fetcher {
  /**
   * Returns a document as it was received.
   *
   * <p>May block. The source must stop reading at the bound: it is what keeps an endless answer
   * from filling the memory.
   *
   * @param name which document; its version is {@link RoleVersion#LATEST} for the timestamp, and
   *     for other roles only where the repository does not use consistent snapshots
   * @param bytesMax most bytes to return
   * @return empty only where the source says that there is no such document
   * @throws dev.drover.wire.DroverException {@code UNAVAILABLE} if the source did not answer,
   *     {@code LIMIT_EXCEEDED} if the document is longer
   */
  Optional<byte[]> fetch(RoleVersion name, int bytesMax);
}
