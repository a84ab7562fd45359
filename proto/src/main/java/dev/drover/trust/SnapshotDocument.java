package dev.drover.trust;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Snapshot metadata (section 4.4).
 *
 * @param document what was parsed
 * @param meta announced documents by {@code <role>.json}
 */
record SnapshotDocument(SignedDocument document, Map<String, MetaFile> meta) {

  static SnapshotDocument parse(byte[] bytes) {
    SignedDocument document =
        SignedDocument.parse(bytes, RoleVersion.SNAPSHOT, MetadataLimits.SNAPSHOT_BYTES_MAX);
    Map<String, MetaFile> meta = new HashMap<>();
    Fields listed = document.signed().object("meta");
    for (Map.Entry<String, JsonNode> entry : listed.entries()) {
      meta.put(entry.getKey(), MetaFile.parse(Fields.of(entry.getValue(), listed.where())));
    }
    return new SnapshotDocument(document, Map.copyOf(meta));
  }

  /** Returns what is announced about a targets role. */
  Optional<MetaFile> metaOf(String role) {
    return Optional.ofNullable(meta.get(role + ".json"));
  }
}
