package dev.drover.agent.metrics;

import dev.drover.agent.core.model.Capabilities;
import dev.drover.agent.core.model.ChatMessage;
import dev.drover.agent.core.model.Generation;
import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.GenerationResult;
import dev.drover.agent.core.model.LoadedModel;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.core.model.ModelSpec;
import dev.drover.agent.core.model.TextListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A model runtime whose generations are counted and timed when somebody waits for their end. */
final class MeteredRuntime implements ModelRuntime {
  private final ModelRuntime runtime;
  private final Timer generations;
  private final Counter promptTokens;
  private final Counter tokens;
  private final Counter failures;

  MeteredRuntime(ModelRuntime runtime, MeterRegistry registry) {
    this.runtime = runtime;
    this.generations =
        Timer.builder("drover.model.generation")
            .description("Time of generations that ended, without their time in the queue.")
            .register(registry);
    this.promptTokens = counter(registry, "prompt.tokens", "Tokens of prompts.");
    this.tokens = counter(registry, "answer.tokens", "Tokens of answers.");
    this.failures = counter(registry, "generation.failures", "Generations that failed.");
  }

  private static Counter counter(MeterRegistry registry, String name, String help) {
    return Counter.builder("drover.model." + name).description(help).register(registry);
  }

  @Override
  public Generation generate(GenerationRequest request, TextListener listener) {
    return new Metered(runtime.generate(request, listener));
  }

  private final class Metered implements Generation {
    private final Generation generation;
    private final AtomicBoolean counted = new AtomicBoolean();

    Metered(Generation generation) {
      this.generation = generation;
    }

    @Override
    public GenerationResult await() {
      try {
        GenerationResult result = generation.await();
        if (counted.compareAndSet(false, true)) {
          generations.record(result.total());
          promptTokens.increment(result.promptTokens());
          tokens.increment(result.tokens());
        }
        return result;
      } catch (RuntimeException failed) {
        if (counted.compareAndSet(false, true)) {
          failures.increment();
        }
        throw failed;
      }
    }

    @Override
    public void cancel() {
      generation.cancel();
    }

    @Override
    public boolean isDone() {
      return generation.isDone();
    }
  }

  @Override
  public Capabilities capabilities() {
    return runtime.capabilities();
  }

  @Override
  public LoadedModel load(ModelSpec spec) {
    return runtime.load(spec);
  }

  @Override
  public Optional<LoadedModel> loaded() {
    return runtime.loaded();
  }

  @Override
  public int tokens(String text) {
    return runtime.tokens(text);
  }

  @Override
  public String render(List<ChatMessage> messages) {
    return runtime.render(messages);
  }

  @Override
  public float[] embed(String text) {
    return runtime.embed(text);
  }

  @Override
  public boolean stuck() {
    return runtime.stuck();
  }

  @Override
  public boolean mustHalt() {
    return runtime.mustHalt();
  }

  @Override
  public void close() {
    runtime.close();
  }
}
