package dev.drover.release;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Ids;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A file of a release, named by its content. Immutable.
 *
 * @param name file name, unique in the release
 * @param kind what it is for
 * @param sha256 of the whole file, 64 lower-case hexadecimal characters
 * @param length in bytes, at least 1
 * @param tableSha256s the pieces of its chunk table in order, each a published chunk
 */
public record Artifact(
    String name, Kind kind, String sha256, long length, List<String> tableSha256s) {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /** What an artifact is for. */
  public enum Kind {
    /** A GGUF model. */
    MODEL,
    /** Any other file. */
    FILE
  }

  /** Copies the list. */
  public Artifact {
    tableSha256s = List.copyOf(tableSha256s);
  }

  static Artifact parse(JsonNode node) {
    String name = Ids.requireReference("artifact name", node.path("name").asText());
    Kind kind = node.path("kind").asText().equals("model") ? Kind.MODEL : Kind.FILE;
    List<String> table = new ArrayList<>();
    node.path("chunkTable").forEach(piece -> table.add(requireSha256(piece.asText())));
    long length = node.path("length").asLong();
    if (length < 1 || table.isEmpty()) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "The artifact " + name + " has no length or chunk table.");
    }
    return new Artifact(name, kind, requireSha256(node.path("sha256").asText()), length, table);
  }

  /**
   * Returns the text if it is a SHA-256 in lower-case hexadecimal.
   *
   * @throws DroverException with {@link ErrorCode#MESSAGE_MALFORMED} if it is not
   */
  static String requireSha256(String text) {
    if (!SHA256.matcher(text).matches()) {
      throw new DroverException(ErrorCode.MESSAGE_MALFORMED, "A SHA-256 is 64 hex characters.");
    }
    return text;
  }
}
