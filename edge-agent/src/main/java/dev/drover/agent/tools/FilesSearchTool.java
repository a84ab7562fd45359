package dev.drover.agent.tools;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.agent.core.ReportedFields.Field;
import dev.drover.agent.core.Tool;
import dev.drover.agent.core.ToolContext;
import dev.drover.agent.core.ToolDefinition;
import dev.drover.v1.CrashBehaviour;
import dev.drover.v1.Risk;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;

/** {@code files.search}: lines that contain a text, in the files below a directory. */
final class FilesSearchTool implements Tool {
  private static final int MATCHES_MAX = 100;
  private static final int NAMES_MAX = 10_000;
  private static final int FILES_MAX = 5000;
  private static final int DEPTH_MAX = 16;
  private static final int FILE_BYTES_MAX = 1 << 20;
  private static final int LINE_CHARS_MAX = 160;
  private static final int MATCHES_BYTES_MAX = 28 * 1024;

  private static final ToolDefinition DEFINITION =
      new ToolDefinition(
          "files.search",
          "Finds lines that contain a text, in the text files below a directory.",
          Define.schema(
              """
              {"$schema": "https://json-schema.org/draft/2020-12/schema",
               "type": "object", "additionalProperties": false, "required": ["text"],
               "properties": {
                 "text": {"type": "string", "minLength": 1, "maxLength": 200,
                   "description": "As it stands in the file, capitals included."},
                 "path": {"type": "string", "maxLength": 1024,
                   "description": "Directory to begin at; the root when left out."}}}
              """),
          Define.schema(
              """
              {"$schema": "https://json-schema.org/draft/2020-12/schema",
               "type": "object", "additionalProperties": false,
               "required": ["matches", "count", "files", "truncated"],
               "properties": {
                 "matches": {"type": "array", "items": {
                   "type": "object", "additionalProperties": false,
                   "required": ["path", "line", "text"],
                   "properties": {
                     "path": {"type": "string", "description": "Relative to where it began."},
                     "line": {"type": "integer", "minimum": 1},
                     "text": {"type": "string"}}}},
                 "count": {"type": "integer", "minimum": 0, "description": "Matches told."},
                 "files": {"type": "integer", "minimum": 0, "description": "Files looked at."},
                 "truncated": {"type": "boolean",
                   "description": "Whether files or matches were left out."}}}
              """),
          Risk.READ_ONLY,
          CrashBehaviour.IDEMPOTENT,
          Define.charged(
              Field.number("count", 0, MATCHES_MAX), Field.number("files", 0, FILES_MAX)),
          false);

  private final FilesRoot root;

  FilesSearchTool(FilesRoot root) {
    this.root = root;
  }

  @Override
  public ToolDefinition definition() {
    return DEFINITION;
  }

  @Override
  public JsonNode call(JsonNode arguments, ToolContext context) {
    Search search = new Search(arguments.path("text").asText(), context);
    return root.directory(
        arguments.path("path").asText(""),
        opened -> {
          search.directory(opened, "", 0);
          return search.result();
        });
  }

  /** One search; not thread-safe. */
  private static final class Search {
    private final String wanted;
    private final ToolContext context;
    private final ArrayNode matches = JsonNodeFactory.instance.arrayNode();
    private int files;
    private int bytes;
    private boolean truncated;
    private boolean full;

    Search(String wanted, ToolContext context) {
      this.wanted = wanted;
      this.context = context;
    }

    void directory(OpenDirectory opened, String prefix, int depth) throws IOException {
      for (OpenDirectory.Entry entry : opened.entries(NAMES_MAX)) {
        context.check();
        if (full) {
          return;
        }
        try {
          one(opened, entry, prefix, depth);
        } catch (IOException unreadable) {
          truncated = true;
        }
      }
    }

    private void one(OpenDirectory opened, OpenDirectory.Entry entry, String prefix, int depth)
        throws IOException {
      switch (entry.kind()) {
        case FILE -> file(opened, entry, prefix + entry.name());
        case DIRECTORY -> {
          if (depth == DEPTH_MAX) {
            truncated = true;
            return;
          }
          try (OpenDirectory next = opened.enter(entry.path())) {
            directory(next, prefix + entry.name() + "/", depth + 1);
          }
        }
        case OTHER -> {
          // Links and special files are not part of what may be read.
        }
      }
    }

    private void file(OpenDirectory opened, OpenDirectory.Entry entry, String path)
        throws IOException {
      if (files == FILES_MAX) {
        stop();
        return;
      }
      if (entry.bytes() > FILE_BYTES_MAX) {
        truncated = true;
        return;
      }
      files++;
      byte[] content;
      try (SeekableByteChannel channel = opened.open(entry.path())) {
        content = Channels.newInputStream(channel).readNBytes(FILE_BYTES_MAX);
      }
      String text = new String(content, StandardCharsets.UTF_8);
      if (!text.contains(wanted)) {
        return;
      }
      int number = 0;
      for (String line : text.split("\\R", -1)) {
        number++;
        if (line.contains(wanted) && !full) {
          match(path, number, line);
        }
      }
    }

    private void match(String path, int number, String line) {
      int from = Math.max(0, line.indexOf(wanted) - LINE_CHARS_MAX / 4);
      int to = Math.min(line.length(), from + Math.max(LINE_CHARS_MAX, wanted.length() * 2));
      ObjectNode match =
          JsonNodeFactory.instance
              .objectNode()
              .put("path", path)
              .put("line", number)
              .put("text", line.substring(from, to));
      bytes += match.toString().getBytes(StandardCharsets.UTF_8).length + 1;
      if (bytes > MATCHES_BYTES_MAX || matches.size() == MATCHES_MAX) {
        stop();
      } else {
        matches.add(match);
      }
    }

    private void stop() {
      truncated = true;
      full = true;
    }

    ObjectNode result() {
      ObjectNode result = JsonNodeFactory.instance.objectNode();
      result.set("matches", matches);
      return result.put("count", matches.size()).put("files", files).put("truncated", truncated);
    }
  }
}
