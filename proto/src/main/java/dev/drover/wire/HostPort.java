package dev.drover.wire;

/**
 * The address of a listener: a host name or IP address, and a port.
 *
 * @param host a name, an IPv4 or an IPv6 address without brackets
 * @param port 1 to 65,535; a listener may also be given 0 for any free one
 */
public record HostPort(String host, int port) {
  private static final int HOST_CHARS_MAX = 253;
  private static final int PORT_MAX = 65_535;

  /** Checks the parts. */
  public HostPort {
    if (host.isEmpty()
        || host.length() > HOST_CHARS_MAX
        || !host.chars().allMatch(HostPort::mayBeInHost)) {
      throw malformed();
    }
    if (port < 0 || port > PORT_MAX) {
      throw malformed();
    }
  }

  /**
   * Returns the address in a text: {@code host:port} or {@code [ipv6]:port}.
   *
   * @throws DroverException with {@link ErrorCode#INVALID_ARGUMENT} otherwise
   */
  public static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1 || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
      throw malformed();
    }
    String host = text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (bracketed != host.indexOf(':') >= 0) {
      throw malformed();
    }
    return new HostPort(
        bracketed ? host.substring(1, host.length() - 1) : host,
        Integer.parseInt(text.substring(colon + 1)));
  }

  /** Returns the text that {@link #parse} takes. */
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  private static boolean mayBeInHost(int c) {
    return c < 0x80 && (Character.isLetterOrDigit(c) || c == '.' || c == '-' || c == ':');
  }

  private static DroverException malformed() {
    return new DroverException(
        ErrorCode.INVALID_ARGUMENT, "An address must be host:port or [ipv6]:port.");
  }
}
