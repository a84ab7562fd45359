package dev.drover.trust;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Map;
import java.util.Optional;

/** What signed metadata says about one file (section 4.5). Immutable and thread-safe. */
public final class TargetInfo {
  private final String path;
  private final long lengthBytes;
  private final FileHashes hashes;
  private final ObjectNode custom;

  private TargetInfo(String path, long lengthBytes, FileHashes hashes, ObjectNode custom) {
    this.path = path;
    this.lengthBytes = lengthBytes;
    this.hashes = hashes;
    this.custom = custom;
  }

  static TargetInfo parse(String path, Fields fields) {
    return new TargetInfo(
        path,
        fields.integer("length", 0, Long.MAX_VALUE),
        FileHashes.parse(fields.object("hashes")),
        fields
            .optionalObject("custom")
            .map(Fields::node)
            .orElseGet(JsonNodeFactory.instance::objectNode));
  }

  /** Returns the path by which it was listed; any text, not necessarily safe as a file name. */
  public String path() {
    return path;
  }

  /** Returns the file's exact length in bytes, 0 or more, 64 bits. */
  public long lengthBytes() {
    return lengthBytes;
  }

  /** Returns lower-case hexadecimal digests by algorithm: {@code sha256}, {@code sha512}. */
  public Map<String, String> hashes() {
    return hashes.known();
  }

  /**
   * Returns the SHA-256 of the file in lower-case hexadecimal.
   *
   * @throws DroverException {@link ErrorCode#MESSAGE_MALFORMED} if only other hashes are listed
   */
  public String sha256() {
    return Optional.ofNullable(hashes.known().get("sha256"))
        .orElseThrow(
            () ->
                new DroverException(
                    ErrorCode.MESSAGE_MALFORMED, "the target is listed without a SHA-256"));
  }

  /** Returns a copy of the publisher's own object about the file; empty if there is none. */
  public ObjectNode custom() {
    return custom.deepCopy();
  }

  /**
   * Returns a check of a file's bytes as they arrive (5.7.3).
   *
   * @throws DroverException {@link ErrorCode#MESSAGE_MALFORMED} if no known hash is listed
   */
  public TargetVerifier newVerifier() {
    if (hashes.known().isEmpty()) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "the target is listed without a SHA-256 or SHA-512");
    }
    return new TargetVerifier(lengthBytes, hashes);
  }

  /**
   * Fails unless these bytes are the file.
   *
   * @throws DroverException as {@link TargetVerifier}
   */
  public void verify(byte[] content) {
    TargetVerifier verifier = newVerifier();
    verifier.update(content, 0, content.length);
    verifier.finish();
  }
}
