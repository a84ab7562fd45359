package dev.drover.machine.sim;

import dev.drover.machine.runtime.EngineClock;
import dev.drover.machine.runtime.EngineTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** A wall clock and a monotonic clock that move when told. Thread-safe. */
public final class SimTime {
  private static final long NANOS_PER_MS = 1_000_000;

  private final AtomicLong wallMs;
  private final AtomicLong monotonicNanos = new AtomicLong(1);

  /** Makes clocks; the wall clock begins here. */
  public SimTime(long wallMs) {
    this.wallMs = new AtomicLong(wallMs);
  }

  /** Lets time pass on both clocks. */
  public void advance(long ms) {
    wallMs.addAndGet(ms);
    monotonicNanos.addAndGet(ms * NANOS_PER_MS);
  }

  /** Sets the wall clock alone, as NTP or a person would. */
  public void jump(long toWallMs) {
    wallMs.set(toWallMs);
  }

  /** Returns the wall clock in milliseconds since 1970. */
  public long wallMs() {
    return wallMs.get();
  }

  /** Returns the monotonic clock in nanoseconds. */
  public long monotonicNanos() {
    return monotonicNanos.get();
  }

  /** Returns the wall clock for parts that want one. */
  public InstantSource wall() {
    return () -> Instant.ofEpochMilli(wallMs.get());
  }

  /** Returns a source of time for an engine, with the standard policy. */
  public EngineTime source() {
    return new EngineTime(
        wall(), this::monotonicNanos, EngineClock.Policy.standard(), EngineTime.RESERVE_MS);
  }
}
