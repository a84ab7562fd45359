package dev.drover.agent.llm;

import dev.drover.agent.core.model.Capabilities;
import dev.drover.agent.core.model.ChatMessage;
import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.core.model.ModelSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An engine that says what it is told to, one character a piece, and records what was asked of it.
 * What the prompt ends with, when the answer begins so, it takes for said. Words count as tokens.
 */
public final class ScriptedEngine implements NativeEngine {
  final List<String> calls = new CopyOnWriteArrayList<>();
  private final Function<GenerationRequest, String> script;
  volatile Runnable beforePiece = () -> {};
  volatile Runnable onLoad = () -> {};
  volatile Function<String, float[]> embedding = text -> new float[] {text.length(), 1};

  ScriptedEngine(Function<GenerationRequest, String> script) {
    this.script = script;
  }

  /** Returns a runtime with a model of 512 tokens of context that answers by a script. */
  public static ModelRuntime runtime(Function<GenerationRequest, String> script) {
    ModelRuntime runtime = runtime(new ScriptedEngine(script), () -> 0);
    runtime.load(ModelSpec.of(Path.of("scripted.gguf"), 512));
    return runtime;
  }

  static OwnedRuntime runtime(ScriptedEngine engine, LongSupplier nanoTime) {
    RuntimeSettings settings =
        new RuntimeSettings(
            Path.of("unused"),
            2,
            Duration.ofMinutes(1),
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            Duration.ofMillis(300));
    return new OwnedRuntime(engine, (spec, known) -> "scripted", settings, nanoTime);
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities("scripted", false, false, false, false, Set.of("scripted"));
  }

  @Override
  public void load(ModelSpec spec) {
    calls.add("load");
    onLoad.run();
  }

  @Override
  public int tokens(String text) {
    return text.strip().split("\\s+").length;
  }

  @Override
  public String template(List<ChatMessage> words) {
    StringBuilder prompt = new StringBuilder();
    words.forEach(
        word ->
            prompt
                .append('<')
                .append(word.role().name().toLowerCase(Locale.ROOT))
                .append('>')
                .append(word.text()));
    return prompt.append("<assistant>").toString();
  }

  @Override
  public Stream start(GenerationRequest request) {
    calls.add("start");
    Deque<String> pieces = new ArrayDeque<>();
    unsaid(request.prompt(), script.apply(request))
        .codePoints()
        .forEach(c -> pieces.add(Character.toString(c)));
    return new Stream() {
      @Override
      public @Nullable String next() {
        beforePiece.run();
        return pieces.poll();
      }

      @Override
      public void cancel() {
        calls.add("cancel");
      }
    };
  }

  private static String unsaid(String prompt, String answer) {
    int said = answer.startsWith("{") ? answer.length() : 0;
    while (said > 0 && !prompt.endsWith(answer.substring(0, said))) {
      said--;
    }
    return answer.substring(said);
  }

  @Override
  public float[] embed(String text) {
    return embedding.apply(text);
  }

  @Override
  public void close() {
    calls.add("close");
  }

  List<String> calls() {
    return new ArrayList<>(calls);
  }
}
