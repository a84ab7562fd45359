package dev.drover.agent.core.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplingTest {
  @Test
  void draw_ofSeedAndTemperature_endsWhereTheModelEnds() {
    assertEquals(new Sampling(7, 0.5f, false), Sampling.of(7, 0.5f));
  }

  @Test
  void greedy_isTheLikeliestTokenOfSeedZero() {
    assertEquals(Sampling.of(0, 0f), Sampling.GREEDY);
  }

  @ParameterizedTest
  @ValueSource(floats = {0f, 0.7f, 2f})
  void temperature_inItsRange_isTaken(float temperature) {
    assertEquals(temperature, Sampling.of(1, temperature).temperature());
  }

  @ParameterizedTest
  @ValueSource(floats = {-0.001f, 2.001f, Float.NaN, Float.POSITIVE_INFINITY})
  void temperature_outsideItsRangeOrNoNumber_isRefused(float temperature) {
    DroverException refused =
        assertThrows(DroverException.class, () -> Sampling.of(1, temperature));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
  }

  @Test
  void seed_negative_isRefused() {
    DroverException refused = assertThrows(DroverException.class, () -> Sampling.of(-1, 0f));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
    assertEquals(Integer.MAX_VALUE, Sampling.of(Integer.MAX_VALUE, 0f).seed());
  }
}
