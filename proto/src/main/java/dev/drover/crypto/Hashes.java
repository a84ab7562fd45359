package dev.drover.crypto;

import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** SHA-256, HMAC-SHA-256 and hexadecimal text, in one place. Thread-safe. */
public final class Hashes {
  /** Length of a SHA-256 digest and of an HMAC-SHA-256, in bytes. */
  public static final int SHA256_BYTES = 32;

  private static final int BUFFER_BYTES = 1 << 16;

  private Hashes() {}

  /** Returns a fresh SHA-256 digest. */
  public static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  /** Returns the SHA-256 of the parts one after another. */
  public static byte[] sha256(byte[]... parts) {
    MessageDigest digest = newSha256();
    for (byte[] part : parts) {
      digest.update(part);
    }
    return digest.digest();
  }

  /** Returns the SHA-256 of what is left in the stream, which is not closed. */
  public static byte[] sha256(InputStream in) throws IOException {
    MessageDigest digest = newSha256();
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      digest.update(buffer, 0, n);
    }
    return digest.digest();
  }

  /** Returns HMAC-SHA-256 (RFC 2104) of the parts one after another. */
  public static byte[] hmacSha256(byte[] key, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  /** Returns lower-case hexadecimal text. */
  public static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /**
   * Returns the bytes of hexadecimal text of either case.
   *
   * @throws IllegalArgumentException if the text is not hexadecimal
   */
  public static byte[] unhex(String text) {
    return HexFormat.of().parseHex(text);
  }
}
