package dev.drover.agent.core.model;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One generation, bounded in tokens and time.
 *
 * @param prompt rendered, not empty, at most 1 MiB of characters
 * @param tokensMax of the answer, 1 to 32,768; the engine may count fewer than it emits as text
 * @param sampling how tokens are chosen
 * @param grammar GBNF text that the answer must match as a whole, or null for free text
 * @param stop texts that end the answer and are not part of it, at most 8 of 1 to 64 characters
 * @param deadline from the request on, queueing included; 1 ms to 1 hour
 * @param reusePrefix whether the engine may keep the prompt's state for the next one that begins
 *     alike
 */
public record GenerationRequest(
    String prompt,
    int tokensMax,
    Sampling sampling,
    @Nullable String grammar,
    List<String> stop,
    Duration deadline,
    boolean reusePrefix) {
  private static final int PROMPT_CHARS_MAX = 1 << 20;
  private static final int TOKENS_MAX = 32_768;
  private static final int STOPS_MAX = 8;
  private static final int STOP_CHARS_MAX = 64;
  private static final Duration DEADLINE_MAX = Duration.ofHours(1);

  /** Checks the ranges; a value outside them is {@code INVALID_ARGUMENT}. */
  public GenerationRequest {
    stop = List.copyOf(stop);
    require(!prompt.isEmpty(), "The prompt must not be empty.");
    require(prompt.length() <= PROMPT_CHARS_MAX, "The prompt is longer than 1 MiB.");
    require(
        tokensMax >= 1 && tokensMax <= TOKENS_MAX,
        "The answer must be bounded to 1 to " + TOKENS_MAX + " tokens.");
    require(stop.size() <= STOPS_MAX, "At most " + STOPS_MAX + " stop texts are allowed.");
    require(
        stop.stream().noneMatch(text -> text.isEmpty() || text.length() > STOP_CHARS_MAX),
        "A stop text must have 1 to " + STOP_CHARS_MAX + " characters.");
    require(
        deadline.toMillis() >= 1 && deadline.compareTo(DEADLINE_MAX) <= 0,
        "The deadline must be 1 ms to 1 hour.");
  }

  /** Returns a greedy request for free text that may reuse a prefix. */
  public static GenerationRequest of(String prompt, int tokensMax, Duration deadline) {
    return new GenerationRequest(
        prompt, tokensMax, Sampling.GREEDY, null, List.of(), deadline, true);
  }

  /** Returns the same request under a grammar. */
  public GenerationRequest withGrammar(String gbnf) {
    return new GenerationRequest(prompt, tokensMax, sampling, gbnf, stop, deadline, reusePrefix);
  }

  /** Returns the same request with another way of choosing tokens. */
  public GenerationRequest withSampling(Sampling other) {
    return new GenerationRequest(prompt, tokensMax, other, grammar, stop, deadline, reusePrefix);
  }

  /** Returns the same request that ends at one of these texts. */
  public GenerationRequest withStop(List<String> texts) {
    return new GenerationRequest(
        prompt, tokensMax, sampling, grammar, texts, deadline, reusePrefix);
  }

  /** Returns the same request that neither uses nor leaves a prefix. */
  public GenerationRequest withoutPrefix() {
    return new GenerationRequest(prompt, tokensMax, sampling, grammar, stop, deadline, false);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, message);
    }
  }
}
