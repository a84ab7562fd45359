package dev.drover.machine.runtime;

import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * Where an engine's time comes from.
 *
 * @param wall the wall clock, believed within bounds
 * @param monotonicNanos a monotonic clock of this process, in nanoseconds
 * @param policy how far the wall clock is believed
 * @param reserveMs how far ahead engine time is made durable: the most by which it leaps after a
 *     crash, and how often at most an idle engine that is asked for the time writes it
 */
public record EngineTime(
    InstantSource wall, LongSupplier monotonicNanos, EngineClock.Policy policy, long reserveMs) {
  /** Default of {@link #reserveMs}. */
  public static final long RESERVE_MS = 10_000;

  /** Checks the ranges. */
  public EngineTime {
    if (reserveMs < 1) {
      throw new IllegalArgumentException("The reserve is at least a millisecond");
    }
  }

  /** Returns a source with the standard policy and reserve. */
  public static EngineTime of(InstantSource wall, LongSupplier monotonicNanos) {
    return new EngineTime(wall, monotonicNanos, EngineClock.Policy.standard(), RESERVE_MS);
  }
}
