package dev.drover.trust;

/**
 * Bounds on metadata; the sizes are those of python-tuf's {@code UpdaterConfig}, so that what one
 * reader accepts the other accepts too.
 */
public final class MetadataLimits {
  /** Largest root document, in bytes. */
  public static final int ROOT_BYTES_MAX = 512_000;

  /** Largest timestamp document, in bytes. */
  public static final int TIMESTAMP_BYTES_MAX = 16_384;

  /** Largest snapshot document, in bytes. */
  public static final int SNAPSHOT_BYTES_MAX = 2_000_000;

  /** Largest targets document, in bytes. */
  public static final int TARGETS_BYTES_MAX = 5_000_000;

  /** Most root documents that one refresh walks through. */
  public static final int ROOT_STEPS_MAX = 256;

  /** Most delegated roles that one search for a target visits. */
  public static final int SEARCH_ROLES_MAX = 32;

  /** Most signatures in one document. */
  public static final int SIGNATURES_MAX = 256;

  /** Deepest nesting of a document. */
  public static final int DEPTH_MAX = 64;

  /** Highest version: the integers that every JSON reader holds exactly. */
  public static final long VERSION_MAX = (1L << 53) - 1;

  /** Longest role name after percent-encoding, so that it fits a file name. */
  public static final int ROLE_NAME_CHARS_MAX = 200;

  private MetadataLimits() {}

  /** Returns the largest document of a role, in bytes; any other name is a delegated role. */
  public static int bytesMax(String role) {
    return switch (role) {
      case RoleVersion.ROOT -> ROOT_BYTES_MAX;
      case RoleVersion.TIMESTAMP -> TIMESTAMP_BYTES_MAX;
      case RoleVersion.SNAPSHOT -> SNAPSHOT_BYTES_MAX;
      default -> TARGETS_BYTES_MAX;
    };
  }
}
