package dev.drover.wire;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Every topic name that Drover uses, made and parsed in one place.
 *
 * <p>An instance makes the names of one tenant. Names have one spelling only: what {@link
 * #parse(String)} accepts is exactly what the other methods return. No user data is ever part of a
 * name. Immutable and thread-safe.
 */
public final class Topics {
  /** First levels of every topic, with the trailing slash. */
  public static final String ROOT = "drover/v1/";

  /** Most bytes of a metadata role in UTF-8. */
  public static final int ROLE_BYTES_MAX = 100;

  /** Most characters of any topic name. */
  public static final int LENGTH_MAX = 512;

  private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,17}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private final String tenant;
  private final String prefix;

  /**
   * Makes the names of one tenant.
   *
   * @throws DroverException if the tenant is not an id
   */
  public Topics(String tenant) {
    this.tenant = Ids.requireId("A tenant name", tenant);
    this.prefix = ROOT + tenant + "/";
  }

  /** Returns the tenant. */
  public String tenant() {
    return tenant;
  }

  /** Returns what all names of this tenant start with, with the trailing slash. */
  public String prefix() {
    return prefix;
  }

  /** Returns the filter that matches one channel of every device; only the hub may use it. */
  public String everyDevice(Topic.Channel channel) {
    return prefix + "d/+/" + channel.word();
  }

  /** Returns the topic of one channel of one device. */
  public String device(String device, Topic.Channel channel) {
    return name(new Topic.OfDevice(tenant, device, channel));
  }

  /** Returns the topic of commands to a device. */
  public String cmd(String device) {
    return device(device, Topic.Channel.CMD);
  }

  /** Returns the topic of one version of the root metadata. */
  public String root(long version) {
    return name(new Topic.OfRoot(tenant, version));
  }

  /** Returns the topic of the newest timestamp metadata. */
  public String timestamp() {
    return name(new Topic.OfTimestamp(tenant));
  }

  /** Returns the topic of one version of a role's metadata; the role is percent-encoded. */
  public String meta(long version, String role) {
    return name(new Topic.OfMeta(tenant, version, role));
  }

  /** Returns the topic of the chunk with this hash, 64 lower-case hexadecimal digits. */
  public String chunk(String sha256) {
    return name(new Topic.OfChunk(tenant, sha256));
  }

  /** Returns the name of a topic. */
  public static String name(Topic topic) {
    String prefix = ROOT + topic.tenant() + "/";
    if (topic instanceof Topic.OfDevice t) {
      return prefix + "d/" + t.device() + "/" + t.channel().word();
    } else if (topic instanceof Topic.OfRoot t) {
      return prefix + "repo/root/" + t.version();
    } else if (topic instanceof Topic.OfMeta t) {
      return prefix + "repo/meta/" + t.version() + "/" + encode(t.role());
    } else if (topic instanceof Topic.OfChunk t) {
      return prefix + "repo/chunk/" + t.sha256();
    }
    return prefix + "repo/timestamp";
  }

  /**
   * Parses a topic name.
   *
   * @param name any text, also a filter with wildcards
   * @return the topic, or empty for everything that no method of this class would return
   */
  public static Optional<Topic> parse(String name) {
    if (name.length() > LENGTH_MAX || !name.startsWith(ROOT)) {
      return Optional.empty();
    }
    String[] levels = name.substring(ROOT.length()).split("/", -1);
    if (levels.length < 3 || !Ids.isId(levels[0])) {
      return Optional.empty();
    }
    return (levels[1].equals("d") ? parseDevice(levels) : parseRepo(levels))
        .filter(topic -> name(topic).equals(name));
  }

  private static Optional<Topic> parseDevice(String[] levels) {
    if (levels.length == 4 && Ids.isDevice(levels[2])) {
      for (Topic.Channel channel : Topic.Channel.values()) {
        if (channel.word().equals(levels[3])) {
          return Optional.of(new Topic.OfDevice(levels[0], levels[2], channel));
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Topic> parseRepo(String[] levels) {
    if (!levels[1].equals("repo")) {
      return Optional.empty();
    }
    String tenant = levels[0];
    if (levels.length == 3 && levels[2].equals("timestamp")) {
      return Optional.of(new Topic.OfTimestamp(tenant));
    }
    if (levels.length == 4 && levels[2].equals("root") && VERSION.matcher(levels[3]).matches()) {
      return Optional.of(new Topic.OfRoot(tenant, Long.parseLong(levels[3])));
    }
    if (levels.length == 4 && levels[2].equals("chunk") && SHA256.matcher(levels[3]).matches()) {
      return Optional.of(new Topic.OfChunk(tenant, levels[3]));
    }
    if (levels.length == 5 && levels[2].equals("meta") && VERSION.matcher(levels[3]).matches()) {
      return decode(levels[4])
          .filter(Topics::isRole)
          .map(role -> new Topic.OfMeta(tenant, Long.parseLong(levels[3]), role));
    }
    return Optional.empty();
  }

  static void requireVersion(long version) {
    if (version < 1 || version > 999_999_999_999_999_999L) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "A version must be positive.");
    }
  }

  static void requireRole(String role) {
    if (!isRole(role)) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "A role name must have 1 to " + ROLE_BYTES_MAX + " bytes of UTF-8.");
    }
  }

  static void requireSha256(String sha256) {
    if (!SHA256.matcher(sha256).matches()) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "A chunk is named by 64 lower-case hexadecimal digits.");
    }
  }

  private static boolean isRole(String role) {
    byte[] bytes = role.getBytes(StandardCharsets.UTF_8);
    return bytes.length >= 1
        && bytes.length <= ROLE_BYTES_MAX
        && new String(bytes, StandardCharsets.UTF_8).equals(role);
  }

  private static String encode(String role) {
    StringBuilder text = new StringBuilder();
    for (byte b : role.getBytes(StandardCharsets.UTF_8)) {
      if (isUnreserved(b)) {
        text.append((char) b);
      } else {
        text.append('%').append(HEX.toHexDigits(b));
      }
    }
    return text.toString();
  }

  private static Optional<String> decode(String text) {
    byte[] bytes = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        if (i + 2 >= text.length()
            || !HexFormat.isHexDigit(text.charAt(i + 1))
            || !HexFormat.isHexDigit(text.charAt(i + 2))) {
          return Optional.empty();
        }
        bytes[length++] = (byte) HexFormat.fromHexDigits(text, i + 1, i + 3);
        i += 2;
      } else if (c < 0x80 && isUnreserved((byte) c)) {
        bytes[length++] = (byte) c;
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(new String(bytes, 0, length, StandardCharsets.UTF_8));
  }

  /** RFC 3986 section 2.3. */
  private static boolean isUnreserved(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || b == '-'
        || b == '_'
        || b == '.'
        || b == '~';
  }
}
