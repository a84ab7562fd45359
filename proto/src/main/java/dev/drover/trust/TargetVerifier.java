package dev.drover.trust;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.security.MessageDigest;
import java.util.Map;

/**
 * Checks a file of any length, piece by piece, against its signed length and hashes (5.7.3). Not
 * thread-safe.
 */
public final class TargetVerifier {
  private final long lengthBytes;
  private final FileHashes hashes;
  private final Map<String, MessageDigest> digests;
  private long seenBytes;

  TargetVerifier(long lengthBytes, FileHashes hashes) {
    this.lengthBytes = lengthBytes;
    this.hashes = hashes;
    this.digests = hashes.newDigests();
  }

  /**
   * Takes the next bytes of the file.
   *
   * @throws DroverException {@link ErrorCode#LIMIT_EXCEEDED} as soon as there are more than signed
   */
  public void update(byte[] bytes, int offset, int count) {
    seenBytes += count;
    if (seenBytes > lengthBytes) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, "the file is longer than its signed length of " + lengthBytes);
    }
    digests.values().forEach(digest -> digest.update(bytes, offset, count));
  }

  /**
   * Ends the file; call it once.
   *
   * @throws DroverException {@link ErrorCode#DIGEST_MISMATCH} if it is shorter than signed or any
   *     of its listed hashes differs
   */
  public void finish() {
    if (seenBytes != lengthBytes || !hashes.match(digests)) {
      throw new DroverException(
          ErrorCode.DIGEST_MISMATCH, "the file's length or digest is not the signed one");
    }
  }
}
