package dev.drover.agent.llm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import dev.drover.testkit.Needs;
import dev.drover.testkit.TinyGguf;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The real engine on a tiny model, each scenario in a process of its own. */
class NativeRuntimeTest {
  @TempDir Path directory;

  @Test
  void runtime_onRealEngine_keepsItsContract() throws IOException {
    assertPassed(run("contract"));
  }

  @Test
  void runtime_afterLoad_hasOneTeamOfThreads() throws IOException {
    assertPassed(run("threads"));
  }

  @Test
  void embeddings_ofLastToken_differAndAverageIsRefused() throws IOException {
    assertPassed(run("embeddings"));
  }

  @Test
  void trial_ofARelease_tellsSpeedAndWhatWasAnsweredRight() throws IOException {
    assertPassed(run("trial"));
  }

  @Test
  void question_aboutNotes_isNeverAnsweredAsIfTheyHadBeenRead() throws IOException {
    assertPassed(run("notes"));
  }

  @Test
  void close_whileGenerating_cancelsJoinsAndEnds() throws IOException {
    assertPassed(run("closing"));
  }

  @Test
  void process_afterLoad_endsOnlyByExit() throws IOException {
    ChildJvm.Outcome outcome =
        ChildJvm.run(directory, HazardMain.class, List.of(), Map.of(), "linger", tiny());

    assertEquals(3, outcome.exitCode(), outcome.toString());
    assertTrue(outcome.out().contains("main ended, process did not"), outcome.toString());
  }

  @Test
  void load_withModelNamedFilesInTheTemporaryDirectory_leavesThemAlone() throws IOException {
    Path temporary = Files.createDirectory(directory.resolve("tmp"));
    Path precious = Files.writeString(temporary.resolve("llama-3.gguf"), "precious");

    assertPassed(
        ChildJvm.run(
            directory,
            Scenarios.class,
            List.of("-Djava.io.tmpdir=" + temporary),
            Map.of(),
            "closing",
            tiny(),
            directory.toString()));

    assertEquals("precious", Files.readString(precious));
  }

  @Test
  void load_twoProcessesAtOnceOnOneDirectory_bothPass() throws Exception {
    CompletableFuture<ChildJvm.Outcome> other =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return run("closing");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    assertPassed(run("closing"));
    assertPassed(other.get());
  }

  @ParameterizedTest
  @CsvSource({
    "missing, MODEL_UNREADABLE",
    "text, MODEL_CORRUPT",
    "truncated, MODEL_CORRUPT",
    "qwen3, MODEL_ARCHITECTURE_UNKNOWN",
    "layers, MODEL_CORRUPT",
  })
  void load_ofWhatCannotBeLoaded_saysWhy(String fault, ErrorCode expected) throws IOException {
    Path file = directory.resolve("faulty.gguf");
    switch (fault) {
      case "missing" -> assertFalse(Files.exists(file));
      case "text" -> Files.writeString(file, "not a model");
      case "truncated" -> Files.write(file, Arrays.copyOf(TinyGguf.ofSeed(1).bytes(), 400_000));
      case "qwen3" -> TinyGguf.ofSeed(1).withArchitecture("qwen3").writeTo(file);
      default -> withoutLayers(file);
    }

    assertPassed(
        ChildJvm.run(
            directory,
            Scenarios.class,
            List.of(),
            Map.of(),
            "refused",
            file.toString(),
            directory.toString(),
            expected.name()));
  }

  /** A sound header, which names tensors that the engine then does not find. */
  private static void withoutLayers(Path file) throws IOException {
    byte[] model = TinyGguf.ofSeed(1).bytes();
    String text = new String(model, StandardCharsets.ISO_8859_1);
    Files.write(
        file, text.replace("blk.1.attn_q", "blk.1.attn_x").getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void smallModel_rendersAnswersRepeatsAndCancels() {
    Path model = Needs.smallModel();

    assertPassed(
        ChildJvm.run(
            directory,
            Scenarios.class,
            List.of(),
            Map.of(),
            "small",
            model.toString(),
            directory.toString()));
  }

  /** The reasons for what the adapter never does; should one fail, an upgrade has mended it. */
  @ParameterizedTest
  @ValueSource(strings = {"probabilities", "schema", "average", "temperature"})
  void engine_calledWithoutGuards_abortsTheProcess(String hazard) throws IOException {
    ChildJvm.Outcome outcome =
        ChildJvm.run(directory, HazardMain.class, List.of(), Map.of(), hazard, tiny());

    assertTrue(outcome.aborted(), outcome.toString());
  }

  @Test
  void adapter_neverCalls_whatAbortsOrFetches() {
    JavaClasses classes = new ClassFileImporter().importPackages("dev.drover.agent.llm");

    ArchRuleDefinition.noClasses()
        .that()
        .doNotHaveSimpleName(HazardMain.class.getSimpleName())
        .should()
        .callMethodWhere(
            JavaCall.Predicates.target(
                HasName.Predicates.nameMatching(
                        "setNProbs|jsonSchemaToGrammar|setModelUrl|setHf.*|setJsonSchema|setLogger")
                    .forSubtype()))
        .check(classes);
  }

  private String tiny() throws IOException {
    return TinyGguf.ofSeed(1).writeTo(directory.resolve("tiny.gguf")).toString();
  }

  private ChildJvm.Outcome run(String scenario) throws IOException {
    return ChildJvm.run(
        directory, Scenarios.class, List.of(), Map.of(), scenario, tiny(), directory.toString());
  }

  private static void assertPassed(ChildJvm.Outcome outcome) {
    assertEquals(0, outcome.exitCode(), outcome.toString());
    assertTrue(outcome.out().contains("passed"), outcome.toString());
    // The engine writes its log to the standard error stream unless it is told not to.
    assertFalse(outcome.err().contains("llama_"), outcome.err());
  }
}
