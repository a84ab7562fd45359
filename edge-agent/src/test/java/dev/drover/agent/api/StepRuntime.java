package dev.drover.agent.api;

import dev.drover.agent.core.model.Capabilities;
import dev.drover.agent.core.model.ChatMessage;
import dev.drover.agent.core.model.EmbeddingPooling;
import dev.drover.agent.core.model.Generation;
import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.GenerationResult;
import dev.drover.agent.core.model.LoadedModel;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.core.model.ModelSpec;
import dev.drover.agent.core.model.StopReason;
import dev.drover.agent.core.model.TextListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** A runtime that says its pieces at once and ends when it is let, or cancelled. */
public final class StepRuntime implements ModelRuntime {
  final List<GenerationRequest> requests = new CopyOnWriteArrayList<>();
  final CompletableFuture<StopReason> end = new CompletableFuture<>();
  private final List<String> pieces;

  /** Makes a runtime; with {@code held} a generation ends only when it is cancelled. */
  public StepRuntime(boolean held, String... pieces) {
    this.pieces = List.of(pieces);
    if (!held) {
      end.complete(StopReason.END);
    }
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities("step", false, false, false, false, Set.of("step"));
  }

  @Override
  public LoadedModel load(ModelSpec spec) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<LoadedModel> loaded() {
    return Optional.of(
        new LoadedModel(
            Path.of("step.gguf"),
            "step",
            512,
            1,
            EmbeddingPooling.NONE,
            Duration.ZERO,
            Duration.ZERO));
  }

  @Override
  public int tokens(String text) {
    return text.length();
  }

  @Override
  public String render(List<ChatMessage> messages) {
    return messages.stream().map(m -> m.role() + ":" + m.text()).collect(Collectors.joining("|"));
  }

  @Override
  public Generation generate(GenerationRequest request, TextListener listener) {
    requests.add(request);
    pieces.forEach(listener::onText);
    return new Step();
  }

  @Override
  public float[] embed(String text) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean stuck() {
    return false;
  }

  @Override
  public boolean mustHalt() {
    return false;
  }

  @Override
  public void close() {}

  private final class Step implements Generation {
    @Override
    public void cancel() {
      end.complete(StopReason.CANCELLED);
    }

    @Override
    public boolean isDone() {
      return end.isDone();
    }

    @Override
    public GenerationResult await() {
      StopReason reason = end.join();
      return new GenerationResult(
          String.join("", pieces), 7, 2, Duration.ofMillis(10), Duration.ofMillis(20), reason);
    }
  }
}
