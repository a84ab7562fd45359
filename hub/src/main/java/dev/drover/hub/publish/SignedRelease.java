package dev.drover.hub.publish;

import dev.drover.release.ReleaseManifest;
import dev.drover.v1.SignedDocument;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A release as it is handed to a hub. Immutable.
 *
 * @param manifest what it says
 * @param manifestSha256 its name, lower-case hexadecimal
 * @param timestampVersion of the metadata that first lists it
 * @param documents signed metadata, roots first
 * @param pieces manifest and chunk tables, each one chunk
 * @param files artifacts by path, whose chunks are read while they are uploaded
 */
public record SignedRelease(
    ReleaseManifest manifest,
    String manifestSha256,
    long timestampVersion,
    List<SignedDocument> documents,
    List<byte[]> pieces,
    Map<String, Path> files) {
  /** Copies the collections. */
  public SignedRelease {
    documents = List.copyOf(documents);
    pieces = List.copyOf(pieces);
    files = Map.copyOf(files);
  }
}
