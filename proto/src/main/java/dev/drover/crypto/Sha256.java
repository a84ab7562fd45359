package dev.drover.crypto;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * A SHA-256 digest as a value: immutable, comparable by content, 32 bytes long by construction.
 *
 * <p>Comparison takes the same time wherever two digests differ.
 */
public final class Sha256 implements Comparable<Sha256> {
  /** Length in bytes. */
  public static final int BYTES = 32;

  private final byte[] bytes;

  private Sha256(byte[] owned) {
    bytes = owned;
  }

  /** Returns the digest of the parts one after another. */
  public static Sha256 of(byte[]... parts) {
    return new Sha256(Hashes.sha256(parts));
  }

  /** Returns the digest that a computation has arrived at, and resets the computation. */
  public static Sha256 finish(MessageDigest sha256) {
    return fromBytes(sha256.digest());
  }

  /**
   * Returns the digest made of these bytes, which are copied.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} if there are not exactly {@link #BYTES}
   */
  public static Sha256 fromBytes(byte[] digest) {
    if (digest.length != BYTES) {
      throw malformed(digest.length + " bytes");
    }
    return new Sha256(digest.clone());
  }

  /**
   * Returns the digest written as 64 lower-case hexadecimal digits.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} for any other text
   */
  public static Sha256 fromHex(String hex) {
    if (hex.length() != 2 * BYTES) {
      throw malformed(hex.length() + " characters");
    }
    try {
      Sha256 digest = new Sha256(Hashes.unhex(hex));
      if (digest.hex().equals(hex)) {
        return digest;
      }
    } catch (IllegalArgumentException notHex) {
      throw malformed("a character that is no hexadecimal digit");
    }
    throw malformed("upper-case digits");
  }

  /** Returns a copy of the bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** Returns 64 lower-case hexadecimal digits. */
  public String hex() {
    return Hashes.hex(bytes);
  }

  @Override
  public int compareTo(Sha256 other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Sha256 digest && MessageDigest.isEqual(bytes, digest.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** Returns {@link #hex()}. */
  @Override
  public String toString() {
    return hex();
  }

  private static DroverException malformed(String what) {
    return new DroverException(
        ErrorCode.MESSAGE_MALFORMED, "A SHA-256 digest was expected, not " + what + ".");
  }
}
