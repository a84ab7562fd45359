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
    Duration warmUpTime) {}
