package dev.drover.agent.core.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSpecTest {
  private static final Path FILE = Path.of("a.gguf");

  @Test
  void spec_ofFileAndContext_hasNoEmbeddingsAndAThreadPerCore() {
    assertEquals(new ModelSpec(FILE, 2048, 0, EmbeddingPooling.NONE), ModelSpec.of(FILE, 2048));
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 131_072})
  void context_atABound_isTaken(int tokens) {
    assertEquals(tokens, ModelSpec.of(FILE, tokens).contextTokens());
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 63, 131_073})
  void context_beyondABound_isRefused(int tokens) {
    DroverException refused = assertThrows(DroverException.class, () -> ModelSpec.of(FILE, tokens));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 512})
  void threads_inTheirRange_areTaken(int threads) {
    ModelSpec spec = new ModelSpec(FILE, 64, threads, EmbeddingPooling.MEAN);
    assertEquals(threads, spec.threads());
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 513})
  void threads_outsideTheirRange_areRefused(int threads) {
    DroverException refused =
        assertThrows(
            DroverException.class, () -> new ModelSpec(FILE, 64, threads, EmbeddingPooling.MEAN));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
  }
}
