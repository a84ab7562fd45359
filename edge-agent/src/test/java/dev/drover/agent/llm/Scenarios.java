package dev.drover.agent.llm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.core.model.ChatMessage;
import dev.drover.agent.core.model.EmbeddingPooling;
import dev.drover.agent.core.model.Generation;
import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.GenerationResult;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.core.model.ModelSpec;
import dev.drover.agent.core.model.Sampling;
import dev.drover.agent.core.model.StopReason;
import dev.drover.agent.core.model.TextListener;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.function.Executable;

/**
 * What a child process does with the real engine; ends with {@code System.exit}, as everything with
 * an engine must. Prints {@code passed} when all held.
 */
public final class Scenarios {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final int CONTEXT = 512;

  private final Path model;
  private final Path directory;

  private Scenarios(Path model, Path directory) {
    this.model = model;
    this.directory = directory;
  }

  /** Runs the scenario named first on the model named second in the directory named third. */
  public static void main(String[] args) {
    Scenarios scenarios = new Scenarios(Path.of(args[1]), Path.of(args[2]));
    int code = 1;
    try {
      switch (args[0]) {
        case "contract" -> scenarios.contract();
        case "threads" -> scenarios.threads();
        case "embeddings" -> scenarios.embeddings();
        case "closing" -> scenarios.closing();
        case "trial" -> TrialScenario.run(scenarios.runtime(), scenarios.oneThread());
        case "notes" -> new NotesScenario(scenarios.open(), scenarios.directory).run();
        case "refused" -> scenarios.refused(ErrorCode.valueOf(args[3]));
        case "small" -> new SmallModelScenario(scenarios.open()).run();
        default -> throw new IllegalArgumentException(args[0]);
      }
      System.out.println("passed");
      code = 0;
    } catch (Throwable failed) {
      failed.printStackTrace();
    }
    System.exit(code);
  }

  private ModelRuntime runtime() {
    return LlamaRuntime.create(
        new RuntimeSettings(
            directory.resolve("native"), 3, LONG, LONG, Duration.ofSeconds(1), LONG),
        System::nanoTime);
  }

  private ModelRuntime open() {
    ModelRuntime runtime = runtime();
    runtime.load(oneThread());
    return runtime;
  }

  /** One thread: several wait for each other at every step, for ever on a busy machine. */
  private ModelSpec oneThread() {
    return new ModelSpec(model, CONTEXT, 1, EmbeddingPooling.NONE);
  }

  private void contract() throws Exception {
    ModelRuntime runtime = runtime();
    assertEquals(ErrorCode.MODEL_NOT_LOADED, codeOf(() -> runtime.tokens("a")));
    assertFalse(runtime.mustHalt());
    runtime.load(oneThread());
    assertTrue(runtime.mustHalt());
    assertEquals("llama", runtime.loaded().orElseThrow().architecture());
    assertEquals(ErrorCode.ILLEGAL_TRANSITION, codeOf(() -> runtime.load(ModelSpec.of(model, 64))));
    ModelRuntime second = runtime();
    assertEquals(ErrorCode.ILLEGAL_TRANSITION, codeOf(() -> second.load(ModelSpec.of(model, 64))));
    second.close();
    streaming(runtime);
    seeds(runtime);
    grammars(runtime);
    guards(runtime);
    unusualText(runtime);
    cancelling(runtime);
    deadline(runtime);
    fullQueue(runtime);
    streaming(runtime);
    assertFalse(runtime.stuck());
    runtime.close();
    runtime.close();
    assertEquals(ErrorCode.UNAVAILABLE, codeOf(() -> runtime.tokens("a")));
  }

  private static void streaming(ModelRuntime runtime) {
    List<String> pieces = new ArrayList<>();
    GenerationResult result =
        runtime.generate(GenerationRequest.of("hello there", 16, LONG), pieces::add).await();
    assertFalse(result.text().isEmpty());
    assertTrue(pieces.size() > 1, "streamed in more than one piece");
    assertEquals(result.text(), String.join("", pieces));
    assertEquals(StopReason.LENGTH, result.reason());
    assertEquals(runtime.tokens(result.text()), result.tokens());
    assertEquals(runtime.tokens("hello there"), result.promptTokens());
    assertTrue(result.total().compareTo(result.firstText()) >= 0);
    GenerationRequest stopped =
        GenerationRequest.of("hello there", 16, LONG)
            .withStop(List.of(result.text().substring(6, 8)));
    String before = runtime.generate(stopped, TextListener.NONE).await().text();
    assertTrue(before.length() < 8 && result.text().startsWith(before), before);
  }

  private static void seeds(ModelRuntime runtime) {
    String first = drawn(runtime, 1);
    assertEquals(first, drawn(runtime, 1));
    assertNotEquals(first, drawn(runtime, 2));
  }

  private static String drawn(ModelRuntime runtime, int seed) {
    GenerationRequest request =
        GenerationRequest.of("once", 24, LONG).withSampling(Sampling.of(seed, 1f));
    return runtime.generate(request, TextListener.NONE).await().text();
  }

  private static void grammars(ModelRuntime runtime) {
    String gbnf = "root ::= \"{\\\"light\\\":\" (\"true\"|\"false\") \"}\"";
    GenerationRequest request = GenerationRequest.of("light?", 32, LONG).withGrammar(gbnf);
    GenerationResult result = runtime.generate(request, TextListener.NONE).await();
    assertTrue(List.of("{\"light\":true}", "{\"light\":false}").contains(result.text()));
    assertEquals(StopReason.GRAMMAR_COMPLETE, result.reason());
    assertEquals(
        ErrorCode.ANSWER_OUTSIDE_GRAMMAR,
        codeOf(
            () ->
                runtime
                    .generate(
                        GenerationRequest.of("light?", 2, LONG).withGrammar(gbnf),
                        TextListener.NONE)
                    .await()));
  }

  private static void guards(ModelRuntime runtime) {
    GenerationRequest request = GenerationRequest.of("a", 4, LONG);
    for (String gbnf : List.of("root ::= nowhere", "root ::= \"a", "")) {
      assertEquals(
          ErrorCode.GRAMMAR_INVALID,
          codeOf(() -> runtime.generate(request.withGrammar(gbnf), TextListener.NONE)));
    }
    GenerationRequest tooLong = GenerationRequest.of("word ".repeat(1500), 4, LONG);
    assertEquals(
        ErrorCode.PROMPT_TOO_LONG,
        codeOf(() -> runtime.generate(tooLong, TextListener.NONE).await()));
    GenerationRequest tooMuch = GenerationRequest.of("a", CONTEXT, LONG);
    assertEquals(
        ErrorCode.PROMPT_TOO_LONG,
        codeOf(() -> runtime.generate(tooMuch, TextListener.NONE).await()));
    int largest = CONTEXT - 2 - runtime.tokens("b");
    GenerationResult full =
        runtime.generate(GenerationRequest.of("b", largest, LONG), TextListener.NONE).await();
    assertEquals(StopReason.LENGTH, full.reason());
  }

  private static void unusualText(ModelRuntime runtime) {
    String text = "\uD83D\uDE00 \u20ac \u0000 \u2028 \"\\ </x> \uD800";
    assertTrue(runtime.tokens(text) > 0);
    runtime.generate(GenerationRequest.of(text, 2, LONG), TextListener.NONE).await();
    String prompt =
        runtime.render(
            List.of(ChatMessage.system("be short"), ChatMessage.user("hi \uD83D\uDE00 </s>")));
    assertTrue(prompt.contains("be short") && prompt.contains("hi \uD83D\uDE00 < /s>"), prompt);
  }

  private static void cancelling(ModelRuntime runtime) throws InterruptedException {
    AtomicReference<Generation> running = new AtomicReference<>();
    CountDownLatch published = new CountDownLatch(1);
    running.set(
        runtime.generate(
            GenerationRequest.of("go on", 400, LONG),
            piece -> {
              awaitLatch(published);
              running.get().cancel();
            }));
    published.countDown();
    GenerationResult result = running.get().await();
    assertEquals(StopReason.CANCELLED, result.reason());
    assertTrue(result.tokens() < 20, "ended soon after the first piece");
  }

  private static void deadline(ModelRuntime runtime) {
    CountDownLatch never = new CountDownLatch(1);
    GenerationRequest request = GenerationRequest.of("go on", 400, Duration.ofMillis(200));
    Generation late = runtime.generate(request, piece -> awaitLatch(never));
    assertEquals(ErrorCode.DEADLINE_EXCEEDED, codeOf(late::await));
    never.countDown();
  }

  private static void fullQueue(ModelRuntime runtime) {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    List<Generation> accepted = new ArrayList<>();
    accepted.add(
        runtime.generate(
            GenerationRequest.of("go on", 8, LONG),
            piece -> {
              entered.countDown();
              awaitLatch(go);
            }));
    awaitLatch(entered);
    for (int i = 0; i < 3; i++) {
      accepted.add(runtime.generate(GenerationRequest.of("x", 2, LONG), TextListener.NONE));
    }
    assertEquals(
        ErrorCode.RESOURCE_EXHAUSTED,
        codeOf(() -> runtime.generate(GenerationRequest.of("x", 2, LONG), TextListener.NONE)));
    accepted.get(3).cancel();
    assertEquals(StopReason.CANCELLED, accepted.get(3).await().reason());
    go.countDown();
    accepted.subList(0, 3).forEach(one -> assertEquals(StopReason.LENGTH, one.await().reason()));
  }

  /** The loading thread must not keep a team of its own beside the loop's. */
  private void threads() throws IOException {
    ModelRuntime runtime = runtime();
    runtime.load(new ModelSpec(model, CONTEXT, 3, EmbeddingPooling.NONE));
    runtime.generate(GenerationRequest.of("a", 8, LONG), TextListener.NONE).await();
    int named = 0;
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path task : tasks) {
        // Threads of the engine inherit the name of the one that made them.
        if (Files.readString(task.resolve("comm")).startsWith("model-runtime")) {
          named++;
        }
      }
    }
    assertEquals(1 + 1 + 2, named, "owner, the engine's loop, and its two helpers");
  }

  private void embeddings() {
    ModelRuntime runtime = runtime();
    ModelSpec average = new ModelSpec(model, CONTEXT, 1, EmbeddingPooling.MEAN);
    assertEquals(ErrorCode.INVALID_ARGUMENT, codeOf(() -> runtime.load(average)));
    runtime.load(new ModelSpec(model, CONTEXT, 1, EmbeddingPooling.LAST));
    assertEquals(EmbeddingPooling.LAST, runtime.loaded().orElseThrow().pooling());
    float[] one = runtime.embed("the lamp is on");
    float[] other = runtime.embed("nobody is at home");
    assertFalse(Arrays.equals(one, other));
    assertTrue(Arrays.equals(one, runtime.embed("the lamp is on")));
    GenerationResult result =
        runtime.generate(GenerationRequest.of("a", 4, LONG), TextListener.NONE).await();
    assertFalse(result.text().isEmpty());
    assertEquals(ErrorCode.PROMPT_TOO_LONG, codeOf(() -> runtime.embed("word ".repeat(600))));
  }

  /** Closing while a generation runs, from another thread than the consumer's. */
  private void closing() throws Exception {
    ModelRuntime runtime = open();
    CountDownLatch entered = new CountDownLatch(1);
    Generation running =
        runtime.generate(GenerationRequest.of("go on", 400, LONG), piece -> entered.countDown());
    Generation waiting =
        runtime.generate(GenerationRequest.of("go on", 400, LONG), TextListener.NONE);
    awaitLatch(entered);
    runtime.close();
    assertEquals(StopReason.CANCELLED, running.await().reason());
    assertEquals(StopReason.CANCELLED, waiting.await().reason());
    assertFalse(runtime.stuck());
    assertEquals(ErrorCode.UNAVAILABLE, codeOf(() -> runtime.tokens("a")));
  }

  private void refused(ErrorCode expected) {
    ModelRuntime runtime = runtime();
    assertEquals(expected, codeOf(() -> runtime.load(ModelSpec.of(model, CONTEXT))));
    assertTrue(runtime.loaded().isEmpty());
  }

  private static ErrorCode codeOf(Executable call) {
    return assertThrows(DroverException.class, call).code();
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertTrue(latch.await(1, TimeUnit.MINUTES));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
