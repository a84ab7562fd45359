package dev.drover.agent.core.model;

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
    StopReason reason) {}
