package dev.drover.machine.runtime;

/**
 * Engine time: follows monotonic time, leans towards the wall clock, never falls.
 *
 * <p>While running, engine time advances by the elapsed monotonic time, plus or minus at most
 * {@link Policy#slewPerMille} thousandths of it in the direction of the wall clock. So one jump of
 * the wall clock, however far, can neither expire every lease nor stop time. At a start, the time
 * that passed while the process was down is taken from the wall clock, up to {@link
 * Policy#downtimeMsMax}; a wall clock behind engine time, such as one that boots in 1970, counts as
 * no time passed.
 *
 * <p>Pure: the readings of both clocks come in as arguments. For one thread.
 */
public final class EngineClock {
  private static final long NANOS_PER_MS = 1_000_000;
  private static final int MILLE = 1000;

  /** Later than this (year 2116) is no time of day; keeps the arithmetic from overflowing. */
  private static final long WALL_MS_MAX = 1L << 42;

  /**
   * How far the wall clock is believed.
   *
   * @param slewPerMille most thousandths by which engine time runs faster or slower than monotonic
   *     time while it leans towards the wall clock; 0 to 500
   * @param downtimeMsMax most milliseconds that engine time advances at a start
   * @param floorMs engine time never begins before this, in milliseconds since 1970; the time of
   *     the build
   */
  public record Policy(int slewPerMille, long downtimeMsMax, long floorMs) {
    /** Checks the ranges. */
    public Policy {
      if (slewPerMille < 0
          || slewPerMille > MILLE / 2
          || downtimeMsMax < 0
          || floorMs < 0
          || floorMs > WALL_MS_MAX) {
        throw new IllegalArgumentException("Clock policy out of range");
      }
    }

    /** Returns the default: 10%, a week of downtime, no floor. */
    public static Policy standard() {
      return new Policy(100, 7L * 24 * 60 * 60 * 1000, 0);
    }
  }

  private final Policy policy;
  private long engineNanos;
  private long lastMonotonicNanos;

  private EngineClock(Policy policy, long engineMs, long monotonicNanos) {
    this.policy = policy;
    this.engineNanos = engineMs * NANOS_PER_MS;
    this.lastMonotonicNanos = monotonicNanos;
  }

  /** Returns the clock of an engine that never ran: it begins at the wall clock or the floor. */
  public static EngineClock first(Policy policy, long wallMs, long monotonicNanos) {
    return new EngineClock(policy, Math.max(sane(wallMs), policy.floorMs()), monotonicNanos);
  }

  /**
   * Returns the clock of an engine that starts again.
   *
   * @param persistedMs the highest engine time that anybody may have seen
   */
  public static EngineClock resumed(
      Policy policy, long persistedMs, long wallMs, long monotonicNanos) {
    long downtimeMs = Math.max(0, Math.min(sane(wallMs) - persistedMs, policy.downtimeMsMax()));
    long startMs = Math.max(persistedMs + downtimeMs, policy.floorMs());
    return new EngineClock(policy, startMs, monotonicNanos);
  }

  /**
   * Returns engine time in milliseconds since 1970, never less than before.
   *
   * @param wallMs the wall clock, in milliseconds since 1970, whatever it says
   * @param monotonicNanos a monotonic clock of this process; a reading that falls counts as no time
   */
  public long read(long wallMs, long monotonicNanos) {
    long elapsed = Math.max(0, monotonicNanos - lastMonotonicNanos);
    lastMonotonicNanos = monotonicNanos;
    long leanMax = elapsed / MILLE * policy.slewPerMille();
    engineNanos += elapsed + clamp(leadNanos(wallMs, elapsed), leanMax);
    return engineNanos / NANOS_PER_MS;
  }

  /** Returns by how much the wall clock is ahead of engine time. */
  private long leadNanos(long wallMs, long elapsed) {
    return sane(wallMs) * NANOS_PER_MS - (engineNanos + elapsed);
  }

  private static long sane(long wallMs) {
    return Math.max(0, Math.min(wallMs, WALL_MS_MAX));
  }

  private static long clamp(long value, long limit) {
    return Math.max(-limit, Math.min(limit, value));
  }
}
