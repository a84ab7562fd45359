package dev.drover.machine.runtime;

/**
 * What an engine is opened with.
 *
 * @param schema version of the rows and how to upgrade older ones
 * @param limits how much is held at once
 * @param time where time comes from
 * @param effectThreads threads on which handlers are called, 1 to 64
 * @param listener told of each write and of a failure
 */
public record EngineOptions(
    StoreSchema schema,
    EngineLimits limits,
    EngineTime time,
    int effectThreads,
    EngineListener listener) {
  private static final int EFFECT_THREADS_MAX = 64;

  /** Checks the ranges. */
  public EngineOptions {
    if (effectThreads < 1 || effectThreads > EFFECT_THREADS_MAX) {
      throw new IllegalArgumentException("1 to " + EFFECT_THREADS_MAX + " effect threads");
    }
  }

  /** Returns options with two effect threads and nobody who listens. */
  public static EngineOptions of(StoreSchema schema, EngineLimits limits, EngineTime time) {
    return new EngineOptions(schema, limits, time, 2, EngineListener.NONE);
  }

  /** Returns the same with another listener. */
  public EngineOptions withListener(EngineListener told) {
    return new EngineOptions(schema, limits, time, effectThreads, told);
  }
}
