package dev.drover.agent.core.model;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Path;

/**
 * What to load and how much room to give it.
 *
 * @param file GGUF file; it must not change while it is loaded
 * @param contextTokens prompt and answer together, 64 to 131,072 tokens
 * @param threads for inference, or 0 for one per physical core
 * @param pooling of embeddings
 */
public record ModelSpec(Path file, int contextTokens, int threads, EmbeddingPooling pooling) {
  private static final int CONTEXT_MIN = 64;
  private static final int CONTEXT_MAX = 131_072;
  private static final int THREADS_MAX = 512;

  /** Checks the ranges; a value outside them is {@code INVALID_ARGUMENT}. */
  public ModelSpec {
    if (contextTokens < CONTEXT_MIN || contextTokens > CONTEXT_MAX) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "The context must have " + CONTEXT_MIN + " to " + CONTEXT_MAX + " tokens.");
    }
    if (threads < 0 || threads > THREADS_MAX) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "Threads must be 0 to " + THREADS_MAX + ".");
    }
  }

  /** Returns a specification without embeddings and with one thread per physical core. */
  public static ModelSpec of(Path file, int contextTokens) {
    return new ModelSpec(file, contextTokens, 0, EmbeddingPooling.NONE);
  }
}
