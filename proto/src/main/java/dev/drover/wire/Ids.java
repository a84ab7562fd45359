package dev.drover.wire;

/**
 * The alphabet of names that become parts of topics, certificates and file names.
 *
 * <p>An id is {@code [a-z0-9][a-z0-9-]{0,62}}: a DNS label, free of everything that means something
 * to MQTT ({@code + # / $}), to X.500 names, to paths and to shells. Thread-safe, no state.
 */
public final class Ids {
  /** Most characters of an id. */
  public static final int LENGTH_MAX = 63;

  /** The name that the hub itself uses on a broker; no device may have it. */
  public static final String HUB = "hub";

  private static final int REFERENCE_MAX = 64;

  private Ids() {}

  /** Returns whether the text is an id; reserved names are ids too. */
  public static boolean isId(String text) {
    return isOf(text, LENGTH_MAX, "-");
  }

  /** Asked for each message several times: no regular expression. */
  private static boolean isOf(String text, int lengthMax, String inner) {
    if (text.isEmpty() || text.length() > lengthMax) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (!plain && (i == 0 || inner.indexOf(c) < 0)) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether the text may name a device: an id that is not reserved. */
  public static boolean isDevice(String text) {
    return isId(text) && !text.equals(HUB);
  }

  /**
   * Returns the text if it is an id.
   *
   * @throws DroverException with {@link ErrorCode#INVALID_ARGUMENT} otherwise; the text itself is
   *     not repeated in the message
   */
  public static String requireId(String what, String text) {
    if (!isId(text)) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, what + " must match [a-z0-9][a-z0-9-]{0,62}.");
    }
    return text;
  }

  /**
   * Returns the text if it may name a device.
   *
   * @throws DroverException with {@link ErrorCode#INVALID_ARGUMENT} otherwise
   */
  public static String requireDevice(String text) {
    requireId("A device name", text);
    if (!isDevice(text)) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "This device name is reserved.");
    }
    return text;
  }

  /** Returns whether it is a reference that the hub or a publisher gave: also dots, underscores. */
  public static boolean isReference(String text) {
    return isOf(text, REFERENCE_MAX, "._-");
  }

  /**
   * Returns the text if it is a reference.
   *
   * @param what names the value in the message
   * @throws DroverException with {@link ErrorCode#INVALID_ARGUMENT} if it is not
   */
  public static String requireReference(String what, String text) {
    if (!isReference(text)) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "The " + what + " must match [a-z0-9][a-z0-9._-]{0,63}.");
    }
    return text;
  }
}
