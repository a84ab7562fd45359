package dev.drover.deploy.sim;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The clocks of one machine: a wall clock that may be wrong, and a monotonic one since its boot.
 */
final class NodeClock implements InstantSource {
  private static final long NANOS_PER_MS = 1_000_000;

  /** A board without a battery begins here. */
  private static final long YEAR_1970_MS = 1000;

  private final LongSupplier trueMs;
  private long offsetMs;
  private long bootedMs;
  private long boots;

  NodeClock(LongSupplier trueMs) {
    this.trueMs = trueMs;
    boot(false);
  }

  /** Boots: the monotonic clock begins anew; the wall clock goes on, or begins in 1970. */
  void boot(boolean in1970) {
    boots++;
    bootedMs = trueMs.getAsLong() - 1;
    if (in1970) {
      offsetMs = YEAR_1970_MS - trueMs.getAsLong();
    }
  }

  void jump(long byMs) {
    offsetMs += byMs;
  }

  /** Sets the wall clock right, as NTP would. */
  void correct() {
    offsetMs = 0;
  }

  /** Returns by how much the wall clock is ahead. */
  long offsetMs() {
    return offsetMs;
  }

  /** Returns the identity of this boot. */
  String bootId() {
    return "boot-" + boots;
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis());
  }

  @Override
  public long millis() {
    return trueMs.getAsLong() + offsetMs;
  }

  long monotonicNanos() {
    return (trueMs.getAsLong() - bootedMs) * NANOS_PER_MS;
  }
}
