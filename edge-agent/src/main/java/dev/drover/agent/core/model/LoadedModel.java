package dev.drover.agent.core.model;

import java.nio.file.Path;
import java.time.Duration;

/**
 * The model that a runtime holds.
 *
 * @param file as given
 * @param architecture from its header
 * @param contextTokens prompt and answer together
 * @param threads in use
 * @param pooling of embeddings; {@code NONE} where none can be made
 * @param loadTime without the first tiny completion
 * @param warmUpTime of the first tiny completion, zero where there was none
 */
public record LoadedModel(
    Path file,
    String architecture,
    int contextTokens,
    int threads,
    EmbeddingPooling pooling,
    Duration loadTime,
    Duration warmUpTime) {
  /** Most tokens of a context that go to the marks which begin a prompt. */
  public static final int MARK_TOKENS = 2;

  /**
   * Returns how long a prompt may be, in tokens as {@link ModelRuntime#tokens} counts them; may be
   * negative.
   *
   * @param answerTokens most that may be generated after it
   */
  public int promptTokensMax(int answerTokens) {
    return contextTokens - MARK_TOKENS - answerTokens;
  }
}
