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
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** {@code files.list}: what lies in a directory below the root. */
final class FilesListTool implements Tool {
  private static final int NAMES_MAX = 10_000;
  private static final int ENTRIES_BYTES_MAX = 28 * 1024;

  private static final ToolDefinition DEFINITION =
      new ToolDefinition(
          "files.list",
          "Lists a directory below the agent's root for files, in the order of the names.",
          Define.schema(
              """
              {"$schema": "https://json-schema.org/draft/2020-12/schema",
               "type": "object", "additionalProperties": false,
               "properties": {
                 "path": {"type": "string", "maxLength": 1024,
                   "description": "Relative, with slashes; the root itself when left out."},
                 "after": {"type": "string", "maxLength": 1024,
                   "description": "Name after which to go on."}}}
              """),
          Define.schema(
              """
              {"$schema": "https://json-schema.org/draft/2020-12/schema",
               "type": "object", "additionalProperties": false,
               "required": ["entries", "count", "truncated"],
               "properties": {
                 "entries": {"type": "array", "items": {
                   "type": "object", "additionalProperties": false,
                   "required": ["name", "kind", "bytes"],
                   "properties": {
                     "name": {"type": "string"},
                     "kind": {"enum": ["file", "directory", "other"]},
                     "bytes": {"type": "integer", "minimum": 0}}}},
                 "count": {"type": "integer", "minimum": 0,
                   "description": "Names in the directory."},
                 "truncated": {"type": "boolean",
                   "description": "Whether entries follow the last one here."}}}
              """),
          Risk.READ_ONLY,
          CrashBehaviour.IDEMPOTENT,
          Define.charged(Field.number("count", 0, NAMES_MAX)),
          false);

  private final FilesRoot root;

  FilesListTool(FilesRoot root) {
    this.root = root;
  }

  @Override
  public ToolDefinition definition() {
    return DEFINITION;
  }

  @Override
  public JsonNode call(JsonNode arguments, ToolContext context) {
    List<OpenDirectory.Entry> names =
        root.directory(arguments.path("path").asText(""), opened -> opened.entries(NAMES_MAX));
    String after = arguments.path("after").asText("");
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    ArrayNode entries = result.putArray("entries");
    boolean truncated = false;
    int bytes = 0;
    for (OpenDirectory.Entry entry : names) {
      if (entry.name().compareTo(after) <= 0) {
        continue;
      }
      ObjectNode node = describe(entry);
      bytes += node.toString().getBytes(StandardCharsets.UTF_8).length + 1;
      truncated = bytes > ENTRIES_BYTES_MAX;
      if (truncated) {
        break;
      }
      entries.add(node);
    }
    return result.put("count", names.size()).put("truncated", truncated);
  }

  private static ObjectNode describe(OpenDirectory.Entry entry) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("name", entry.name())
        .put("kind", entry.kind().name().toLowerCase(Locale.ROOT))
        .put("bytes", entry.bytes());
  }
}
