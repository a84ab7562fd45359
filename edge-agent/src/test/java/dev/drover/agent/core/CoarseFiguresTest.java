package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.v1.ExecutionMeasures;
import org.junit.jupiter.api.Test;

class CoarseFiguresTest {
  @Test
  void measures_ofShortAndLongNotes_tellTheSame() {
    ExecutionMeasures shorter = told(2_100, 40, 7, 5_000);
    assertEquals(shorter, told(3_900, 1_900, 12, 7_900));
    assertEquals(4_000, shorter.getDurationMs());
    assertEquals(0, shorter.getPromptTokens());
    assertEquals(0, shorter.getAnswerTokens());
    assertEquals(4_096, shorter.getMillitokensPerSecond());
    assertEquals(9, shorter.getBudgetLeftMillibits());
  }

  @Test
  void durations_areBoundedOnBothSides() {
    assertEquals(1_000, told(0, 1, 1, 0).getDurationMs());
    assertEquals(Integer.MAX_VALUE, told(Integer.MAX_VALUE, 1, 1, 0).getDurationMs());
  }

  @Test
  void durations_areRoundedUpToTheNextDoublingOfASecond() {
    assertEquals(1_000, told(1_000, 1, 1, 0).getDurationMs());
    assertEquals(2_000, told(1_001, 1, 1, 0).getDurationMs());
    assertEquals(2_000, told(2_000, 1, 1, 0).getDurationMs());
    assertEquals(4_000, told(2_001, 1, 1, 0).getDurationMs());
  }

  @Test
  void storage_isRoundedDownTo16Mebibytes() {
    long step = 16L << 20;
    assertEquals(0, CoarseFigures.storageBytes(step - 1));
    assertEquals(step, CoarseFigures.storageBytes(step));
    assertEquals(5 * step, CoarseFigures.storageBytes(6 * step - 1));
  }

  @Test
  void load_isRoundedToATwentiethOfAProcessor() {
    assertEquals(0, CoarseFigures.loadPermille(24));
    assertEquals(50, CoarseFigures.loadPermille(25));
    assertEquals(50, CoarseFigures.loadPermille(74));
    assertEquals(4_000, CoarseFigures.loadPermille(4_000));
  }

  @Test
  void temperature_isRoundedToADegree() {
    assertEquals(48_000, CoarseFigures.millicelsius(48_499));
    assertEquals(49_000, CoarseFigures.millicelsius(48_500));
    assertEquals(-5_000, CoarseFigures.millicelsius(-5_300));
  }

  private static ExecutionMeasures told(int ms, int prompt, int answer, int speed) {
    return CoarseFigures.told(
        ExecutionMeasures.newBuilder()
            .setDurationMs(ms)
            .setPromptTokens(prompt)
            .setAnswerTokens(answer)
            .setMillitokensPerSecond(speed)
            .setBudgetLeftMillibits(9)
            .build());
  }
}
