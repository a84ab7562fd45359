package dev.drover.machine;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** The limits of events, rows and steps, and the checks of them, which both sides use. */
public final class MachineLimits {
  /** Longest name of a machine and of an effect kind, in characters. */
  public static final int NAME_CHARS_MAX = 32;

  /** Longest key, row name, timer name and effect target, in UTF-8 bytes. */
  public static final int KEY_BYTES_MAX = 512;

  /** Largest event, in bytes. */
  public static final int EVENT_BYTES_MAX = 1 << 20;

  /** Largest value of one row, in bytes. */
  public static final int ROW_BYTES_MAX = 1 << 20;

  /** Most row changes of one step. */
  public static final int STEP_ROWS_MAX = 4096;

  /** Most effects of one step; a machine with more to do sends itself an event to go on. */
  public static final int STEP_EFFECTS_MAX = 2048;

  /** Most timer changes of one step. */
  public static final int STEP_TIMERS_MAX = 2048;

  /** Most rows that one scan returns. */
  public static final int SCAN_ROWS_MAX = 4096;

  private static final Pattern NAME =
      Pattern.compile("[a-z][a-z0-9-]{0," + (NAME_CHARS_MAX - 1) + "}");

  private MachineLimits() {}

  /**
   * Returns the name if it may name a machine or an effect kind.
   *
   * @throws DroverException {@link ErrorCode#INVALID_ARGUMENT}
   */
  public static String checkName(String what, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, what + " is not a lower-case name of letters and digits.");
    }
    return name;
  }

  /**
   * Returns the text if it may be a key, row name, timer name or target: 1 to {@value
   * #KEY_BYTES_MAX} bytes of well-formed UTF-8 without NUL.
   *
   * @param what what the text is, for the message
   * @throws DroverException {@link ErrorCode#INVALID_ARGUMENT} or {@link ErrorCode#LIMIT_EXCEEDED}
   */
  public static String checkKey(String what, String text) {
    if (text.isEmpty() || text.indexOf('\0') >= 0) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, what + " is empty or contains a NUL character.");
    }
    if (text.length() > KEY_BYTES_MAX || isLong(text)) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, what + " is longer than " + KEY_BYTES_MAX + " bytes.");
    }
    return text;
  }

  /**
   * Returns the bytes if there are not too many of them.
   *
   * @throws DroverException {@link ErrorCode#LIMIT_EXCEEDED}
   */
  public static byte[] checkBytes(String what, byte[] bytes, int bytesMax) {
    if (bytes.length > bytesMax) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED,
          what + " has " + bytes.length + " bytes, more than " + bytesMax + ".");
    }
    return bytes;
  }

  private static boolean isLong(String text) {
    if (isAscii(text)) {
      return false;
    }
    CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
    if (!encoder.canEncode(text)) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "The text is not well-formed Unicode.");
    }
    return text.getBytes(StandardCharsets.UTF_8).length > KEY_BYTES_MAX;
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }
}
