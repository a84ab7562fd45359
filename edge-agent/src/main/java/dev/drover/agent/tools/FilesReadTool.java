package dev.drover.agent.tools;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.drover.agent.core.ReportedFields.Field;
import dev.drover.agent.core.Tool;
import dev.drover.agent.core.ToolContext;
import dev.drover.agent.core.ToolDefinition;
import dev.drover.v1.CrashBehaviour;
import dev.drover.v1.Risk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/** {@code files.read}: a piece of a file below the root. */
final class FilesReadTool implements Tool {
  private static final int PIECE_BYTES_MAX = 16 * 1024;
  private static final int TEXT_BYTES_MAX = 30 * 1024;

  private static final ToolDefinition DEFINITION =
      new ToolDefinition(
          "files.read",
          "Reads a piece of a file below the agent's root for files.",
          Define.schema(
              """
              {"$schema": "https://json-schema.org/draft/2020-12/schema",
               "type": "object", "additionalProperties": false, "required": ["path"],
               "properties": {
                 "path": {"type": "string", "minLength": 1, "maxLength": 1024,
                   "description": "Relative to the root, with slashes."},
                 "offset": {"type": "integer", "minimum": 0, "maximum": 9007199254740991,
                   "description": "Byte to begin at; 0 when left out."},
                 "bytes": {"type": "integer", "minimum": 4, "maximum": 16384,
                   "description": "Most bytes to read; 16384 when left out."}}}
              """),
          Define.schema(
              """
              {"$schema": "https://json-schema.org/draft/2020-12/schema",
               "type": "object", "additionalProperties": false,
               "required": ["content", "encoding", "bytes", "size", "end"],
               "properties": {
                 "content": {"type": "string"},
                 "encoding": {"enum": ["utf-8", "base64"],
                   "description": "Of the content; base64 where it is no text."},
                 "bytes": {"type": "integer", "minimum": 0,
                   "description": "Bytes read; the next piece begins as much later."},
                 "size": {"type": "integer", "minimum": 0, "description": "Of the whole file."},
                 "end": {"type": "boolean", "description": "Whether nothing follows."}}}
              """),
          Risk.READ_ONLY,
          CrashBehaviour.IDEMPOTENT,
          Define.charged(Field.number("bytes", 0, PIECE_BYTES_MAX)),
          false);

  private final FilesRoot root;

  FilesReadTool(FilesRoot root) {
    this.root = root;
  }

  @Override
  public ToolDefinition definition() {
    return DEFINITION;
  }

  @Override
  public JsonNode call(JsonNode arguments, ToolContext context) {
    long offset = arguments.path("offset").asLong(0);
    int bytes = Math.min(PIECE_BYTES_MAX, arguments.path("bytes").asInt(PIECE_BYTES_MAX));
    return root.file(
        arguments.path("path").asText(),
        (directory, name) -> {
          try (SeekableByteChannel channel = directory.open(name)) {
            return read(channel, offset, bytes);
          }
        });
  }

  private static ObjectNode read(SeekableByteChannel channel, long offset, int bytes)
      throws IOException {
    ByteBuffer piece = ByteBuffer.allocate(bytes);
    long size = channel.size();
    channel.position(Math.min(offset, size));
    int got;
    do {
      got = channel.read(piece);
    } while (got >= 0 && piece.hasRemaining());
    boolean end = offset + piece.position() >= size;
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    int read = text(piece.flip(), end, result);
    return result.put("bytes", read).put("size", size).put("end", offset + read >= size);
  }

  /** Writes the content, as text where it is; returns how many bytes of it went in. */
  private static int text(ByteBuffer piece, boolean end, ObjectNode result) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = piece.duplicate();
    CharBuffer out = CharBuffer.allocate(piece.remaining());
    // Before the end of the file a character cut in two is left for the next piece.
    boolean isText = !decoder.decode(in, out, end).isError();
    String text = out.flip().toString();
    boolean fits =
        TextNode.valueOf(text).toString().getBytes(StandardCharsets.UTF_8).length <= TEXT_BYTES_MAX;
    if (isText && fits) {
      result.put("content", text).put("encoding", "utf-8");
      return in.position();
    }
    byte[] raw = Arrays.copyOf(piece.array(), piece.remaining());
    result.put("content", Base64.getEncoder().encodeToString(raw)).put("encoding", "base64");
    return raw.length;
  }
}
