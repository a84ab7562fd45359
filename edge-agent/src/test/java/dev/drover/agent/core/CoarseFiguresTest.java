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
