package dev.drover.agent.llm;

import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.GenerationResult;
import dev.drover.agent.core.model.LoadedModel;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.core.model.Sampling;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Measures how fast a loaded model reads prompts and writes answers, comparable to {@code
 * llama-bench -p N -n M}: prompts are not reused, the end token is ignored, and what is written
 * follows on a prompt of a letter, not on the long one, whose tokens each further one looks at.
 */
public final class RuntimeBenchmark {
  private static final Duration LIMIT = Duration.ofMinutes(30);
  private static final String WORDS = " the lamp in the hall is on and nobody is at home";

  private final ModelRuntime runtime;

  /** Measures with a runtime that has a model and nothing else to do. */
  public RuntimeBenchmark(ModelRuntime runtime) {
    this.runtime = runtime;
  }

  /**
   * Medians of several runs.
   *
   * @param promptTokens of each run's prompt
   * @param generatedTokens of each run
   * @param runs that were measured, one more came before them
   * @param promptTokensPerSecond up to the first token of the answer
   * @param generatedTokensPerSecond after the first token
   * @param loadTime of the model
   */
  public record Result(
      int promptTokens,
      int generatedTokens,
      int runs,
      double promptTokensPerSecond,
      double generatedTokensPerSecond,
      Duration loadTime) {}

  /**
   * Measures.
   *
   * @param promptTokens wanted, 8 or more; the prompt has this many or a few less
   * @param generatedTokens 2 or more
   * @param runs 1 or more
   */
  public Result run(int promptTokens, int generatedTokens, int runs) {
    LoadedModel model =
        runtime
            .loaded()
            .orElseThrow(
                () -> new DroverException(ErrorCode.MODEL_NOT_LOADED, "No model is loaded."));
    List<Double> prompt = new ArrayList<>();
    List<Double> generated = new ArrayList<>();
    int tokens = 0;
    for (int i = 0; i <= runs; i++) {
      GenerationResult read = generate(prompt(i, promptTokens), 2);
      double speed = written(letter(i), generatedTokens);
      tokens = read.promptTokens();
      if (i > 0) {
        prompt.add(tokens * 1e9 / read.firstText().toNanos());
        generated.add(speed);
      }
    }
    return new Result(
        tokens, generatedTokens, runs, median(prompt), median(generated), model.loadTime());
  }

  /**
   * Measures once how fast answers are written, in tokens per second after the first one.
   *
   * @param tokens 2 or more
   */
  public double generatedTokensPerSecond(int tokens) {
    return written(letter(0), tokens);
  }

  private double written(String prompt, int tokens) {
    GenerationResult written = generate(prompt, tokens);
    long rest = written.total().minus(written.firstText()).toNanos();
    return (tokens - 1) * 1e9 / Math.max(1, rest);
  }

  private GenerationResult generate(String text, int tokensMax) {
    GenerationRequest request =
        GenerationRequest.of(text, tokensMax, LIMIT)
            .withSampling(new Sampling(0, 0f, true))
            .withoutPrefix();
    return runtime.generate(request, piece -> {}).await();
  }

  private static String letter(int run) {
    return Character.toString('A' + run % 26);
  }

  /** Returns a text that differs from run to run at its first token. */
  private String prompt(int run, int promptTokens) {
    StringBuilder text = new StringBuilder(letter(run));
    String longest = text.toString();
    while (runtime.tokens(text.toString()) <= promptTokens) {
      longest = text.toString();
      int at = Math.floorMod(text.length(), WORDS.length());
      int end = WORDS.indexOf(' ', at + 1);
      text.append(WORDS, at, end < 0 ? WORDS.length() : end);
    }
    return longest;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
