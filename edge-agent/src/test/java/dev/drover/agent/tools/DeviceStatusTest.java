package dev.drover.agent.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.agent.core.HealthSource;
import dev.drover.agent.core.QuestionAnswerer;
import dev.drover.agent.core.ReportedFields;
import dev.drover.agent.sense.PowerSupplies;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.ExecutionMeasures;
import dev.drover.v1.NetworkCost;
import dev.drover.v1.PowerSource;
import dev.drover.wire.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceStatusTest {
  private static final long MIB = 1 << 20;

  @TempDir Path system;

  @Test
  void health_ofLinuxFiles_isReadFromThem() throws IOException {
    write("proc/meminfo", "MemTotal:        1048576 kB\nMemAvailable: 1 kB\n");
    write("proc/loadavg", "1.52 0.30 0.10 1/100 4242\n");
    write("sys/class/thermal/thermal_zone0/temp", "41000\n");
    write("sys/class/thermal/thermal_zone1/temp", "52499\n");
    write("sys/class/thermal/cooling_device0/temp", "99999\n");

    DeviceHealth health = health(0, 319 * MIB).sample();

    assertEquals(1024 * MIB, health.getMemoryTotalBytes());
    assertEquals(304 * MIB, health.getMemoryAvailableBytes());
    assertEquals(0, health.getDiskFreeBytes() % (16 * MIB));
    assertEquals(1500, health.getLoadPermille());
    assertEquals(52_000, health.getTemperatureMillicelsius());
    assertEquals(3, health.getBusy());
    assertTrue(health.getDiskFreeBytes() > 0);
    assertTrue(health.getCpus() > 0);
  }

  @Test
  void memory_withLimits_isTheLeastOfThem() throws IOException {
    write("proc/meminfo", "MemTotal:        1048576 kB\n");
    assertEquals(192 * MIB, health(200 * MIB, 300 * MIB).sample().getMemoryAvailableBytes());
    assertEquals(200 * MIB, health(200 * MIB, 300 * MIB).sample().getMemoryTotalBytes());

    assertEquals(48 * MIB, health(200 * MIB, 50 * MIB).sample().getMemoryAvailableBytes());
  }

  @Test
  void health_withoutAnyFile_isZero() {
    DeviceHealth health = health(0, Long.MAX_VALUE).sample();

    assertEquals(0, health.getMemoryTotalBytes());
    assertEquals(0, health.getMemoryAvailableBytes());
    assertEquals(0, health.getTemperatureMillicelsius());
  }

  @Test
  void status_asTool_fitsItsSchemaAndCostsNothing() throws IOException {
    write("proc/meminfo", "MemTotal:        1048576 kB\n");
    ToolsFixture tools = fixture(health(0, 16 * MIB));

    JsonNode result = tools.call("device.status", "{}");

    assertEquals(16 * MIB, result.path("memory_available_bytes").asLong());
    assertFalse(result.has("temperature_millicelsius"));
    assertEquals(6, tools.tool("device.status").definition().reported().encode(result).size());
    assertEquals(0, tools.tool("device.status").definition().reported().chargedMillibits());
  }

  @Test
  void notesAsk_question_goesWithNotesAndSchema() {
    ToolsFixture tools = fixture(DeviceHealth::getDefaultInstance);

    JsonNode result =
        tools.call(
            "notes.ask",
            """
            {"question": "Is it urgent?", "schema": {"type": "object",
              "properties": {"urgent": {"type": "boolean"}},
              "required": ["urgent"], "additionalProperties": false}}
            """);

    assertEquals("{\"answer\":{\"urgent\":true}}", result.toString());
    assertTrue(tools.tool("notes.ask").definition().answersQuestions());
  }

  @Test
  void reportedFields_areThoseThatTheHubHasNamesFor() {
    ToolsFixture tools = fixture(health(0, 1));
    for (String name : Vocabulary.tools()) {
      assertEquals(
          Vocabulary.toolFields(name),
          tools.tool(name).definition().reported().fields().stream()
              .map(ReportedFields.Field::name)
              .toList(),
          name);
    }
  }

  private ToolsFixture fixture(HealthSource health) {
    QuestionAnswerer answerer =
        (question, context) -> {
          assertTrue(question.notes());
          assertEquals("Is it urgent?", question.text());
          ObjectNode answer = JsonNodeFactory.instance.objectNode().put("urgent", true);
          return new QuestionAnswerer.Answered("", answer, ExecutionMeasures.getDefaultInstance());
        };
    return new ToolsFixture(BuiltInTools.registry(health, system, answerer));
  }

  private DeviceHealthSource health(long limitBytes, long availableBytes) {
    return new DeviceHealthSource(
        system,
        system,
        limitBytes,
        () -> availableBytes,
        new DeviceHealthSource.Counts(
            () -> 3,
            () -> new PowerSupplies.Power(PowerSource.BATTERY, 850),
            () -> NetworkCost.METERED,
            () -> 2));
  }

  private void write(String name, String text) throws IOException {
    Path file = system.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
