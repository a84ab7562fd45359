package dev.drover.agent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.drover.testkit.TinyGguf;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelCommandTest {
  @TempDir Path directory;
  private final AtomicReference<@Nullable ErrorCode> failure = new AtomicReference<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void ls_emptyStore_showsTheCatalogueAsAbsent() throws IOException {
    JsonNode rows = json("ls", "--json");

    assertEquals(3, rows.size());
    assertEquals("smollm2-135m", rows.get(0).path("id").asText());
    assertEquals("absent", rows.get(0).path("state").asText());
    assertEquals(0, run("ls"));
    assertTrue(out.toString().contains("qwen2.5-coder-1.5b"));
  }

  @Test
  void import_tinyModel_reportsItsFitAndListsIt() throws IOException {
    Path file = TinyGguf.ofSeed(1).writeTo(directory.resolve("tiny.gguf"));

    JsonNode report = json("import", file.toString(), "--json");

    assertTrue(report.path("fits").asBoolean());
    assertEquals("llama", report.path("architecture").asText());
    assertTrue(report.path("neededBytes").asLong() > Files.size(file));
    JsonNode rows = json("ls", "--json");
    assertEquals("tiny.gguf", rows.get(3).path("name").asText());
    JsonNode shown = json("show", report.path("sha256").asText(), "--json");
    assertEquals("present", shown.path("state").asText());
  }

  @Test
  void import_unknownArchitecture_isRefusedUnlessAskedFor() throws IOException {
    Path file = TinyGguf.ofSeed(1).withArchitecture("qwen3").writeTo(directory.resolve("new.gguf"));

    run("import", file.toString());
    assertEquals(ErrorCode.MODEL_ARCHITECTURE_UNKNOWN, failure.get());
    assertFalse(Files.exists(directory.resolve("cache/models")));
    assertEquals(0, run("import", file.toString(), "--anyway"));
  }

  @Test
  void import_contextBeyondMemory_isTooLarge() throws IOException {
    Path file = TinyGguf.ofSeed(1).writeTo(directory.resolve("tiny.gguf"));

    run("import", file.toString(), "--context", "2000000000");

    assertEquals(ErrorCode.MODEL_TOO_LARGE, failure.get());
  }

  @Test
  void pull_fromWrongFile_failsWithTheReason() throws IOException {
    Path wrong = Files.writeString(directory.resolve("wrong"), "x");

    run("pull", "smollm2-135m", "--source", wrong.toString());

    assertEquals(ErrorCode.SOURCE_UNAVAILABLE, failure.get());
    assertTrue(err.toString().contains("it has 1 bytes"), err.toString());
  }

  @Test
  void model_unknown_isNotFound() {
    run("show", "nothing");
    assertEquals(ErrorCode.NOT_FOUND, failure.get());
    run("pull", "nothing");
    assertEquals(ErrorCode.NOT_FOUND, failure.get());
  }

  @Test
  void help_everywhere_hasExamples() {
    for (String command : new String[] {"pull", "ls", "import", "show"}) {
      out.getBuffer().setLength(0);
      assertEquals(0, run(command, "--help"));
      assertTrue(out.toString().contains("drover model " + command), out.toString());
    }
    assertEquals(2, run());
  }

  private JsonNode json(String... arguments) throws IOException {
    out.getBuffer().setLength(0);
    assertEquals(0, run(arguments), err.toString());
    return new ObjectMapper().readTree(out.toString());
  }

  private int run(String... arguments) {
    failure.set(null);
    return new CommandLine(
            new ModelCommand(
                Map.of("DROVER_CACHE", directory.resolve("cache").toString()), () -> 0))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .setExecutionExceptionHandler(
            (e, command, parsed) -> {
              if (e instanceof DroverException reason) {
                failure.set(reason.code());
                return reason.code().kind().exitCode();
              }
              throw e;
            })
        .execute(arguments);
  }
}
