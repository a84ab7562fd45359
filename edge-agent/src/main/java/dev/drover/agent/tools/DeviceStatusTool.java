package dev.drover.agent.tools;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.drover.agent.core.HealthSource;
import dev.drover.agent.core.ReportedFields;
import dev.drover.agent.core.ReportedFields.Field;
import dev.drover.agent.core.Tool;
import dev.drover.agent.core.ToolContext;
import dev.drover.agent.core.ToolDefinition;
import dev.drover.v1.CrashBehaviour;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.Risk;
import java.util.List;

/** {@code device.status}: tells how the device does, as the hub learns it from heartbeats. */
final class DeviceStatusTool implements Tool {
  private static final long NUMBER_MAX = (1L << 53) - 1;

  private static final ToolDefinition DEFINITION =
      new ToolDefinition(
          "device.status",
          "Tells processors, load, memory, free disk space and temperature of the device.",
          Define.schema(
              """
              {"$schema": "https://json-schema.org/draft/2020-12/schema",
               "type": "object", "properties": {}, "additionalProperties": false}
              """),
          Define.schema(
              """
              {"$schema": "https://json-schema.org/draft/2020-12/schema",
               "type": "object", "additionalProperties": false,
               "required": ["cpus", "load_permille", "memory_total_bytes",
                 "memory_available_bytes", "disk_free_bytes", "busy"],
               "properties": {
                 "cpus": {"type": "integer", "minimum": 0},
                 "load_permille": {"type": "integer", "minimum": 0,
                   "description": "Runnable processes over the last minute, in thousandths."},
                 "memory_total_bytes": {"type": "integer", "minimum": 0},
                 "memory_available_bytes": {"type": "integer", "minimum": 0},
                 "disk_free_bytes": {"type": "integer", "minimum": 0},
                 "temperature_millicelsius": {"type": "integer",
                   "description": "Of the hottest part; left out where nothing measures it."},
                 "busy": {"type": "integer", "minimum": 0,
                   "description": "Executions running or waiting."}}}
              """),
          Risk.READ_ONLY,
          CrashBehaviour.IDEMPOTENT,
          new ReportedFields(
              List.of(
                  Field.number("cpus", 0, 4096),
                  Field.number("load_permille", 0, 1_000_000),
                  Field.number("memory_total_bytes", 0, NUMBER_MAX),
                  Field.number("memory_available_bytes", 0, NUMBER_MAX),
                  Field.number("disk_free_bytes", 0, NUMBER_MAX),
                  Field.number("temperature_millicelsius", -100_000, 300_000),
                  Field.number("busy", 0, 1_000_000)),
              0),
          false);

  private final HealthSource health;

  DeviceStatusTool(HealthSource health) {
    this.health = health;
  }

  @Override
  public ToolDefinition definition() {
    return DEFINITION;
  }

  @Override
  public JsonNode call(JsonNode arguments, ToolContext context) {
    DeviceHealth now = health.sample();
    var result =
        JsonNodeFactory.instance
            .objectNode()
            .put("cpus", now.getCpus())
            .put("load_permille", now.getLoadPermille())
            .put("memory_total_bytes", now.getMemoryTotalBytes())
            .put("memory_available_bytes", now.getMemoryAvailableBytes())
            .put("disk_free_bytes", now.getDiskFreeBytes())
            .put("busy", now.getBusy());
    if (now.getTemperatureMillicelsius() != 0) {
      result.put("temperature_millicelsius", now.getTemperatureMillicelsius());
    }
    return result;
  }
}
