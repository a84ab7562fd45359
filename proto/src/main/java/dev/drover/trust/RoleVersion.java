package dev.drover.trust;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Set;

/**
 * The name of one metadata document.
 *
 * @param role a top-level role or a delegated one; any text
 * @param version greater than 0, or {@link #LATEST}
 */
public record RoleVersion(String role, long version) {
  /** The role that names all keys. */
  public static final String ROOT = "root";

  /** The role that says, often, which snapshot is the newest. */
  public static final String TIMESTAMP = "timestamp";

  /** The role that says which targets documents belong together. */
  public static final String SNAPSHOT = "snapshot";

  /** The role that says which files there are. */
  public static final String TARGETS = "targets";

  /** Stands for "whatever is newest"; always so for the timestamp. */
  public static final long LATEST = 0;

  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  /** The four roles that every repository has. */
  public static final Set<String> TOP_LEVEL = Set.of(ROOT, TIMESTAMP, SNAPSHOT, TARGETS);

  /** Returns the name of the newest document of a role. */
  public static RoleVersion latest(String role) {
    return new RoleVersion(role, LATEST);
  }

  /** Returns the role as one segment of a path, topic or file name. */
  public String encodedRole() {
    return encode(role);
  }

  /**
   * Returns the path of the document in a repository's directory: {@code root/<n>.json}, {@code
   * timestamp.json}, {@code meta/<version>/<encoded role>.json}.
   */
  public String path() {
    if (version == LATEST) {
      return encodedRole() + ".json";
    }
    return role.equals(ROOT) ? "root/" + version + ".json" : "meta/" + version + "/" + fileName();
  }

  private String fileName() {
    return encodedRole() + ".json";
  }

  /** Returns a role with everything but {@code A-Za-z0-9_.-~} percent-encoded (RFC 3986). */
  static String encode(String role) {
    StringBuilder encoded = new StringBuilder(role.length());
    for (byte b : role.getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          (b >= 'A' && b <= 'Z')
              || (b >= 'a' && b <= 'z')
              || (b >= '0' && b <= '9')
              || b == '_'
              || b == '.'
              || b == '-'
              || b == '~';
      if (plain) {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(HEX.toHexDigits(b));
      }
    }
    return encoded.toString();
  }

  @Override
  public String toString() {
    return version == LATEST ? encodedRole() : encodedRole() + " version " + version;
  }
}
