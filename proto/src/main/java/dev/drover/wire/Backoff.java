package dev.drover.wire;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: exponential with full jitter, so that ten thousand
 * devices that lost one broker do not come back together (Brooker, "Exponential Backoff And
 * Jitter", AWS Architecture Blog, 2015).
 *
 * <p>Not thread-safe.
 */
public final class Backoff {
  private static final int DOUBLINGS_MAX = 30;
  private static final int STABLE_WAITS = 10;

  private final long firstMs;
  private final long maxMs;
  private final RandomGenerator random;
  private int attempts;

  /**
   * Makes a sequence of waits.
   *
   * @param first the longest first wait, at least 1 ms
   * @param max the longest wait of all, at least {@code first}
   */
  public Backoff(Duration first, Duration max, RandomGenerator random) {
    this.firstMs = first.toMillis();
    this.maxMs = max.toMillis();
    this.random = random;
    if (firstMs < 1 || maxMs < firstMs) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "The first wait must be 1 ms or more and not above the max.");
    }
  }

  /**
   * Returns the next wait: uniform between 1 ms and a bound that starts at {@code first} and
   * doubles with each call up to {@code max}.
   */
  public Duration next() {
    long bound = Math.min(maxMs, firstMs << Math.min(attempts, DOUBLINGS_MAX));
    attempts = Math.min(attempts + 1, DOUBLINGS_MAX);
    return Duration.ofMillis(random.nextLong(bound) + 1);
  }

  /**
   * Tells how long a success lasted. Only one that lasted at least {@value #STABLE_WAITS} times
   * {@code first}, or {@code max} where that is less, starts the sequence again: a peer that
   * accepts and then closes at once must not be met with a hot loop.
   */
  public void lasted(Duration success) {
    if (success.toMillis() >= Math.min(maxMs, STABLE_WAITS * firstMs)) {
      attempts = 0;
    }
  }
}
