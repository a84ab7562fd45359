package dev.drover.agent.tools;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.drover.agent.core.Caller;
import dev.drover.agent.core.Tool;
import dev.drover.agent.core.ToolContext;
import dev.drover.agent.core.ToolRegistry;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Calls tools as the agent does: arguments, result and size are held against the definition. */
final class ToolsFixture {
  private static final SchemaRegistry SCHEMAS =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
  private static final JsonMapper JSON = new JsonMapper();

  private final ToolRegistry tools;
  private boolean cancelled;

  ToolsFixture(ToolRegistry tools) {
    this.tools = tools;
  }

  void cancel() {
    cancelled = true;
  }

  Tool tool(String name) {
    return tools.require(name);
  }

  JsonNode call(String name, String arguments) {
    Tool tool = tools.require(name);
    JsonNode given = json(arguments);
    require(tool.definition().argumentsSchema(), given, ErrorCode.INVALID_ARGUMENT);
    JsonNode result = tool.call(given, new Context());
    require(tool.definition().resultSchema(), result, ErrorCode.INTERNAL);
    int bytes = result.toString().getBytes(StandardCharsets.UTF_8).length;
    Limits.check("The result's size", bytes, Limits.TOOL_JSON_BYTES_MAX);
    return result;
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException notJson) {
      throw new IllegalArgumentException(notJson);
    }
  }

  private static void require(JsonNode schema, JsonNode value, ErrorCode otherwise) {
    Schema compiled = SCHEMAS.getSchema(schema);
    if (!compiled.validate(value).isEmpty()) {
      throw new DroverException(otherwise, "It breaks the schema.");
    }
  }

  private final class Context implements ToolContext {
    @Override
    public Caller caller() {
      return Caller.LOCAL;
    }

    @Override
    public String idempotencyKey() {
      return "key";
    }

    @Override
    public Duration remaining() {
      return Duration.ofMinutes(1);
    }

    @Override
    public boolean cancelled() {
      return cancelled;
    }

    @Override
    public void onCancel(Runnable action) {}

    @Override
    public void check() {
      if (cancelled) {
        throw new DroverException(ErrorCode.CANCELLED, "Cancelled.");
      }
    }
  }
}
