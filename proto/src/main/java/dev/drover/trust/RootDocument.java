package dev.drover.trust;

import java.util.HashMap;
import java.util.Map;

/**
 * Root metadata (section 4.3).
 *
 * @param document what was parsed
 * @param consistentSnapshot whether documents and targets are named with version and hash
 * @param roles keys of the four top-level roles
 */
record RootDocument(
    SignedDocument document, boolean consistentSnapshot, Map<String, RoleKeys> roles) {

  static RootDocument parse(byte[] bytes, boolean strictKeyIds) {
    SignedDocument document =
        SignedDocument.parse(bytes, RoleVersion.ROOT, MetadataLimits.ROOT_BYTES_MAX);
    Fields signed = document.signed();
    Map<String, TufKey> keys = RoleKeys.parseKeys(signed.object("keys"), strictKeyIds);
    Map<String, RoleKeys> roles = new HashMap<>();
    for (String role : RoleVersion.TOP_LEVEL) {
      roles.put(role, RoleKeys.parse(signed.object("roles").object(role), keys));
    }
    return new RootDocument(document, signed.flag("consistent_snapshot"), Map.copyOf(roles));
  }

  long version() {
    return document.version();
  }

  /** Returns the keys of a top-level role. */
  RoleKeys keysOf(String role) {
    RoleKeys keys = roles.get(role);
    if (keys == null) {
      throw new IllegalArgumentException("not a top-level role");
    }
    return keys;
  }

  /**
   * Returns whether the keys of timestamp or snapshot are others here, so that versions announced
   * under the old ones mean nothing any more (5.3.11).
   */
  boolean rotatesOnlineKeysOf(RootDocument older) {
    return !keysOf(RoleVersion.TIMESTAMP).sameKeys(older.keysOf(RoleVersion.TIMESTAMP))
        || !keysOf(RoleVersion.SNAPSHOT).sameKeys(older.keysOf(RoleVersion.SNAPSHOT));
  }
}
