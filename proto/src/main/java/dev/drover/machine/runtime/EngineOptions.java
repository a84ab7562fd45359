package dev.drover.machine.runtime;

/**
 * What an engine is opened with.
 *
 * @param schema version of the rows and how to upgrade older ones
 * @param limits how much is held at once
 * @param time where time comes from
 * @param effectThreads threads on which handlers are called, 1 to 64
 */
public record EngineOptions(
    StoreSchema schema, EngineLimits limits, EngineTime time, int effectThreads) {
  private static final int EFFECT_THREADS_MAX = 64;

  /** Checks the ranges. */
  public EngineOptions {
    if (effectThreads < 1 || effectThreads > EFFECT_THREADS_MAX) {
      throw new IllegalArgumentException("1 to " + EFFECT_THREADS_MAX + " effect threads");
    }
  }

  /** Returns options with two effect threads. */
  public static EngineOptions of(StoreSchema schema, EngineLimits limits, EngineTime time) {
    return new EngineOptions(schema, limits, time, 2);
  }
}
