package dev.drover.agent.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.drover.agent.core.HubPolicy;
import dev.drover.agent.core.ReportedFields;
import dev.drover.agent.core.Tool;
import dev.drover.agent.core.ToolContext;
import dev.drover.agent.core.ToolDefinition;
import dev.drover.agent.core.ToolRegistry;
import dev.drover.testkit.Fuzz;
import dev.drover.v1.CrashBehaviour;
import dev.drover.v1.Risk;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilePolicyTest {
  private static final ToolDefinition READS = definition("a.read", Risk.READ_ONLY, false);
  private static final ToolDefinition ACTS = definition("a.act", Risk.HIGH, false);
  private static final ToolDefinition ASKS = definition("a.ask", Risk.READ_ONLY, true);
  private static final ToolRegistry TOOLS =
      ToolRegistry.of(List.of(new Named(READS), new Named(ACTS), new Named(ASKS)));

  @TempDir Path directory;

  @Test
  void policy_withoutFile_allowsWhatOnlyReads() {
    HubPolicy policy = FilePolicy.read(directory.resolve("none"), TOOLS);

    assertTrue(policy.mayCall(READS));
    assertFalse(policy.mayCall(ACTS));
    assertFalse(policy.mayCall(ASKS));
  }

  @Test
  void allow_toolThatActs_isAllowed() throws IOException {
    HubPolicy policy = policy("# the owner's rules\nallow = a.act\n");

    assertTrue(policy.mayCall(ACTS));
    assertTrue(policy.mayCall(READS));
  }

  @Test
  void deny_winsOverEverything() throws IOException {
    HubPolicy policy = policy("allow = a.act, a.read\ndeny = a.act, a.read\n");

    assertFalse(policy.mayCall(ACTS));
    assertFalse(policy.mayCall(READS));
  }

  @Test
  void allow_toolThatCarriesText_staysDenied() throws IOException {
    assertFalse(policy("allow = a.ask\n").mayCall(ASKS));
  }

  @Test
  void file_withUnknownToolOrKey_isRefused() {
    assertEquals(ErrorCode.CONFIG_INVALID_VALUE, refused("deny = a.reed\n"));
    assertEquals(ErrorCode.CONFIG_UNKNOWN_KEY, refused("alow = a.read\n"));
    assertEquals(ErrorCode.CONFIG_INVALID_VALUE, refused("a.read\n"));
  }

  private ErrorCode refused(String text) {
    return assertThrows(DroverException.class, () -> policy(text)).code();
  }

  private FilePolicy policy(String text) throws IOException {
    return FilePolicy.read(Files.writeString(directory.resolve("policy.conf"), text), TOOLS);
  }

  private static ToolDefinition definition(String name, Risk risk, boolean asks) {
    JsonNode any = JsonNodeFactory.instance.objectNode();
    return new ToolDefinition(
        name, "", any, any, risk, CrashBehaviour.IDEMPOTENT, ReportedFields.NONE, asks);
  }

  private record Named(ToolDefinition definition) implements Tool {
    @Override
    public JsonNode call(JsonNode arguments, ToolContext context) {
      return arguments;
    }
  }

  @Test
  void files_damaged_areRefused() {
    Path file = directory.resolve("damaged.conf");
    byte[] good = "# rules\nallow = a.act, a.read\ndeny=\n".getBytes(StandardCharsets.UTF_8);
    Fuzz.bytes(32, List.of(good), bytes -> FilePolicy.read(Files.write(file, bytes), name -> true));
  }
}
