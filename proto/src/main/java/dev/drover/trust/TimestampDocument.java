package dev.drover.trust;

import java.util.OptionalLong;

/**
 * Timestamp metadata (section 4.6).
 *
 * @param document what was parsed
 * @param snapshot the newest snapshot
 * @param rootVersion the newest root, from the extra field {@value #ROOT_VERSION}, if given
 */
record TimestampDocument(SignedDocument document, MetaFile snapshot, OptionalLong rootVersion) {
  /**
   * Name of the extra signed field that says which root is the newest, for sources on which the
   * absence of the next root cannot be observed.
   */
  static final String ROOT_VERSION = "x-root-version";

  static TimestampDocument parse(byte[] bytes) {
    SignedDocument document =
        SignedDocument.parse(bytes, RoleVersion.TIMESTAMP, MetadataLimits.TIMESTAMP_BYTES_MAX);
    Fields signed = document.signed();
    Fields meta = signed.object("meta");
    if (meta.node().size() != 1) {
      throw signed.malformed("meta", "must describe the snapshot only");
    }
    OptionalLong rootVersion =
        signed.has(ROOT_VERSION)
            ? OptionalLong.of(signed.integer(ROOT_VERSION, 1, MetadataLimits.VERSION_MAX))
            : OptionalLong.empty();
    return new TimestampDocument(
        document, MetaFile.parse(meta.object("snapshot.json")), rootVersion);
  }
}
