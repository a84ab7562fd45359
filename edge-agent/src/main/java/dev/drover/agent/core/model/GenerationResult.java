package dev.drover.agent.core.model;

import dev.drover.v1.ExecutionMeasures;
import java.time.Duration;

/**
 * What a generation gave.
 *
 * @param text the answer; under a grammar it matches as a whole unless it was cancelled
 * @param promptTokens tokens of the prompt
 * @param tokens that were generated, by encoding them again, as the engine does not count; what a
 *     grammar leaves no choice about is not generated
 * @param firstText from the start of the work to the first piece of text; mostly the prompt
 * @param total from the start of the work to its end, queueing not included
 * @param reason why it ended
 */
public record GenerationResult(
    String text,
    int promptTokens,
    int tokens,
    Duration firstText,
    Duration total,
    StopReason reason) {
  /** Returns durations, token counts and speed, exactly; a single token tells of no speed. */
  public ExecutionMeasures measures() {
    long afterFirstMs = Math.max(1, total.minus(firstText).toMillis());
    long speed = Math.max(0, tokens - 1) * 1_000_000L / afterFirstMs;
    return ExecutionMeasures.newBuilder()
        .setDurationMs((int) Math.min(Integer.MAX_VALUE, total.toMillis()))
        .setPromptTokens(promptTokens)
        .setAnswerTokens(tokens)
        .setMillitokensPerSecond((int) Math.min(Integer.MAX_VALUE, speed))
        .build();
  }
}
