package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.v1.CrashBehaviour;
import dev.drover.v1.Risk;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ToolRegistryTest {
  private final Tool status = new Named("device.status");
  private final Tool list = new Named("files.list");
  private final ToolRegistry tools = ToolRegistry.of(List.of(list, status));

  @Test
  void tools_areInTheOrderOfTheirNames() {
    assertEquals(List.of(status, list), tools.tools());
  }

  @Test
  void tools_changedByTheCaller_staysAsItWas() {
    tools.tools().clear();
    assertEquals(2, tools.tools().size());
  }

  @Test
  void find_byName_isThatToolOrNone() {
    assertSame(list, tools.find("files.list").orElseThrow());
    assertTrue(tools.find("files").isEmpty());
  }

  @Test
  void require_unknownName_isNotFound() {
    assertSame(status, tools.require("device.status"));
    DroverException unknown =
        assertThrows(DroverException.class, () -> tools.require("device.reset"));
    assertEquals(ErrorCode.NOT_FOUND, unknown.code());
  }

  @Test
  void tools_twoOfOneName_areRefused() {
    Tool other = new Named("files.list");
    DroverException twice =
        assertThrows(DroverException.class, () -> ToolRegistry.of(List.of(list, other)));
    assertEquals(ErrorCode.ALREADY_EXISTS, twice.code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Files", "1st", "a..b", "a.", ".a", "a.1", "a b", "a-b", "a\n"})
  void name_thatIsNone_isRefused(String name) {
    refused(name);
  }

  @Test
  void name_longerThan64Characters_isRefused() {
    String longest = "a".repeat(64);
    Tool tool = new Named(longest);
    assertSame(tool, ToolRegistry.of(List.of(tool)).require(longest));
    refused(longest + "a");
  }

  private static void refused(String name) {
    List<Tool> one = List.of(new Named(name));
    DroverException refused = assertThrows(DroverException.class, () -> ToolRegistry.of(one));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
  }

  /** Does nothing under its name. */
  private record Named(String name) implements Tool {
    @Override
    public ToolDefinition definition() {
      ObjectNode any = JsonNodeFactory.instance.objectNode().put("type", "object");
      return new ToolDefinition(
          name,
          "",
          any,
          any,
          Risk.READ_ONLY,
          CrashBehaviour.IDEMPOTENT,
          ReportedFields.NONE,
          false);
    }

    @Override
    public JsonNode call(JsonNode arguments, ToolContext context) {
      return arguments;
    }
  }
}
