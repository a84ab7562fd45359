package dev.drover.trust;

import dev.drover.crypto.Hashes;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One delegation of a targets role (section 4.5).
 *
 * @param role name of the delegated role
 * @param keys who signs for it here; another delegator may name others
 * @param terminating whether a search that came here looks at no later delegation
 * @param paths patterns of the paths that are delegated; empty where prefixes are given
 * @param hashPrefixes lower-case hexadecimal prefixes of the SHA-256 of delegated paths
 */
record Delegation(
    String role,
    RoleKeys keys,
    boolean terminating,
    List<PathPattern> paths,
    List<String> hashPrefixes) {

  static Delegation parse(Fields fields, Map<String, TufKey> allKeys) {
    String role = fields.text("name");
    if (RoleVersion.TOP_LEVEL.contains(role) || role.isEmpty()) {
      throw fields.malformed("name", "is not allowed");
    }
    if (RoleVersion.encode(role).length() > MetadataLimits.ROLE_NAME_CHARS_MAX) {
      throw new DroverException(ErrorCode.LIMIT_EXCEEDED, fields.where() + ".name is too long");
    }
    if (fields.has("paths") == fields.has("path_hash_prefixes")) {
      throw fields.malformed("paths", "or path_hash_prefixes must be given, and not both");
    }
    List<PathPattern> paths =
        fields.has("paths")
            ? fields.texts("paths").stream().map(PathPattern::of).toList()
            : List.of();
    List<String> prefixes =
        fields.has("paths")
            ? List.of()
            : fields.texts("path_hash_prefixes").stream()
                .map(prefix -> prefix.toLowerCase(Locale.ROOT))
                .toList();
    return new Delegation(
        role, RoleKeys.parse(fields, allKeys), fields.flag("terminating"), paths, prefixes);
  }

  /** Returns whether the delegated role may say something about this target. */
  boolean covers(String targetPath) {
    if (paths.stream().anyMatch(pattern -> pattern.matches(targetPath))) {
      return true;
    }
    String hash = Hashes.hex(Hashes.sha256(targetPath.getBytes(StandardCharsets.UTF_8)));
    return hashPrefixes.stream().anyMatch(hash::startsWith);
  }
}
