package dev.drover.agent.core;

import dev.drover.v1.ExecutionMeasures;

/**
 * Rounds the figures that leave the device without being charged to its answer budget. Coarse, they
 * say how the device does, and next to nothing of what lies on it: not how long its notes are, nor
 * which answer was the longer one.
 */
public final class CoarseFigures {
  private static final long STORAGE_BYTES = 16L << 20;
  private static final int LOAD_PERMILLE = 50;
  private static final int MILLICELSIUS = 1000;
  private static final int DURATION_MS_MIN = 1000;

  private CoarseFigures() {}

  /** Returns an amount of free memory or disk, rounded down to 16 MiB. */
  public static long storageBytes(long bytes) {
    return bytes / STORAGE_BYTES * STORAGE_BYTES;
  }

  /** Returns a load, rounded to a twentieth of a processor. */
  public static int loadPermille(int permille) {
    return (permille + LOAD_PERMILLE / 2) / LOAD_PERMILLE * LOAD_PERMILLE;
  }

  /** Returns a temperature, rounded to a degree. */
  public static int millicelsius(int millicelsius) {
    return Math.round((float) millicelsius / MILLICELSIUS) * MILLICELSIUS;
  }

  /**
   * Returns what is told about an execution: how long it took, rounded up to 1, 2, 4, 8 … seconds,
   * how fast the model was, rounded down to a power of two, and what is left of the budget. Counts
   * of tokens are left out.
   */
  public static ExecutionMeasures told(ExecutionMeasures exact) {
    return ExecutionMeasures.newBuilder()
        .setDurationMs(durationMs(exact.getDurationMs()))
        .setMillitokensPerSecond(Integer.highestOneBit(exact.getMillitokensPerSecond()))
        .setBudgetLeftMillibits(exact.getBudgetLeftMillibits())
        .build();
  }

  private static int durationMs(int ms) {
    long coarse = DURATION_MS_MIN;
    while (coarse < ms) {
      coarse *= 2;
    }
    return (int) Math.min(Integer.MAX_VALUE, coarse);
  }
}
