package dev.drover.trust;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What timestamp or snapshot announce about a document (METAFILES, section 4.4).
 *
 * @param version the document's version
 * @param length its length in bytes, if given
 * @param hashes its hashes, if given
 */
record MetaFile(long version, OptionalLong length, Optional<FileHashes> hashes) {

  static MetaFile parse(Fields fields) {
    OptionalLong length =
        fields.has("length")
            ? OptionalLong.of(fields.integer("length", 1, Long.MAX_VALUE))
            : OptionalLong.empty();
    return new MetaFile(
        fields.integer("version", 1, MetadataLimits.VERSION_MAX),
        length,
        fields.optionalObject("hashes").map(FileHashes::parse));
  }

  /** Returns how many bytes to ask for: the announced length or the role's bound. */
  int bytesMax(String role) {
    int bound = MetadataLimits.bytesMax(role);
    return (int) Math.min(length.orElse(bound), bound);
  }

  /** Fails unless length and hashes are the announced ones (5.5.2, 5.6.2). */
  void requireBytes(byte[] bytes, String role) {
    boolean same =
        (length.isEmpty() || length.getAsLong() == bytes.length)
            && (hashes.isEmpty() || hashes.get().match(bytes));
    if (!same) {
      throw new DroverException(
          ErrorCode.DIGEST_MISMATCH,
          RoleVersion.encode(role) + " metadata is not the announced document");
    }
  }

  /** Fails unless the document has the announced version (5.5.4, 5.6.4). */
  void requireVersion(SignedDocument document, String role) {
    if (document.version() != version) {
      throw new DroverException(
          ErrorCode.METADATA_ROLLBACK,
          RoleVersion.encode(role)
              + " metadata has version "
              + document.version()
              + " where "
              + version
              + " was announced");
    }
  }
}
