package dev.drover.wire;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: exponential with full jitter, so that ten thousand
 * devices that lost one broker do not come back together (Brooker, "Exponential Backoff And
 * Jitter", AWS Architecture Blog, 2015).
 *
 * <p>The bound grows by half each time, so that it stays as long as the outage has lasted: a peer
 * that was away for ten seconds has everybody back after ten more, and not all at once.
 *
 * <p>Not thread-safe.
 */
public final class Backoff {
  private static final int STABLE_WAITS = 10;

  private final long firstMs;
  private final long maxMs;
  private final RandomGenerator random;
  private long boundMs;

  /**
   * Makes a sequence of waits.
   *
   * @param first the longest first wait, at least 1 ms
   * @param max the longest wait of all, at least {@code first}
   */
  public Backoff(Duration first, Duration max, RandomGenerator random) {
    this.firstMs = first.toMillis();
    this.maxMs = max.toMillis();
    this.boundMs = firstMs;
    this.random = random;
    if (firstMs < 1 || maxMs < firstMs) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "The first wait must be 1 ms or more and not above the max.");
    }
  }

  /**
   * Returns the next wait: uniform between 1 ms and a bound that starts at {@code first} and grows
   * by half with each call up to {@code max}.
   */
  public Duration next() {
    long bound = boundMs;
    boundMs = Math.min(maxMs, bound + Math.max(1, bound / 2));
    return Duration.ofMillis(random.nextLong(bound) + 1);
  }

  /**
   * Tells how long a success lasted. Only one that lasted at least {@value #STABLE_WAITS} times
   * {@code first}, or {@code max} where that is less, starts the sequence again: a peer that
   * accepts and then closes at once must not be met with a hot loop.
   */
  public void lasted(Duration success) {
    if (success.toMillis() >= Math.min(maxMs, STABLE_WAITS * firstMs)) {
      boundMs = firstMs;
    }
  }
}
