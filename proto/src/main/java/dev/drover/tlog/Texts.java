package dev.drover.tlog;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The strict readings of text that the C2SP formats share. */
final class Texts {
  private static final int MAX_NAME_CHARS = 255;
  private static final int MAX_DECIMAL_CHARS = 19;

  private Texts() {}

  /** Returns text that is valid UTF-8 and holds no control character but the newline. */
  static String utf8(byte[] bytes, int maxBytes, String what) {
    if (bytes.length > maxBytes) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, "The " + what + " is longer than " + maxBytes + " bytes.");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      if (text.chars().allMatch(c -> c >= ' ' || c == '\n')) {
        return text;
      }
    } catch (CharacterCodingException notUtf8) {
      throw malformed(what, "it is not UTF-8");
    }
    throw malformed(what, "it holds a control character");
  }

  /** Returns the bytes of padded, canonical base64 (RFC 4648 section 4). */
  static byte[] base64(String text, String what) {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      // The decoder tolerates missing padding and stray bits; two spellings of one signature
      // would make the same note look like two.
      if (base64(bytes).equals(text)) {
        return bytes;
      }
    } catch (IllegalArgumentException notBase64) {
      throw malformed(what, "it is not base64");
    }
    throw malformed(what, "its base64 is not canonical");
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** Returns a number from 0 to 2^63 - 1 written without sign, spaces or leading zeros. */
  static long decimal(String text, String what) {
    boolean digits = text.chars().allMatch(c -> c >= '0' && c <= '9');
    if (digits && text.length() <= MAX_DECIMAL_CHARS && !text.isEmpty()) {
      try {
        long value = Long.parseLong(text);
        if (Long.toString(value).equals(text)) {
          return value;
        }
      } catch (NumberFormatException above63Bits) {
        throw malformed(what, "it is too large");
      }
    }
    throw malformed(what, "it is not a decimal number");
  }

  /** Returns whether a text may name a key or a log: not empty, no spaces, no plus sign. */
  static boolean isName(String name) {
    return !name.isEmpty()
        && name.length() <= MAX_NAME_CHARS
        && name.codePoints()
            .noneMatch(
                c ->
                    c == '+'
                        || Character.isWhitespace(c)
                        || Character.isSpaceChar(c)
                        || Character.isISOControl(c)
                        || Character.getType(c) == Character.SURROGATE);
  }

  static String requireName(String name) {
    if (!isName(name)) {
      throw malformed("key name", "it is empty, too long or holds a space or a plus sign");
    }
    return name;
  }

  static DroverException malformed(String what, String why) {
    return new DroverException(
        ErrorCode.MESSAGE_MALFORMED, "The " + what + " cannot be read: " + why + ".");
  }
}
