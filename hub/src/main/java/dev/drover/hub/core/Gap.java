package dev.drover.hub.core;

/**
 * Numbers of a device that do not follow on the last one: the lowest of them, since when it comes
 * and when it came last. Immutable; pure.
 *
 * <p>A device resends from its first number without a receipt. If that one keeps coming and stays
 * beyond the next number, the ones between were receipted by this hub before it was restored. A
 * device that was away in between begins anew: what it sends first need not arrive first.
 *
 * @param sinceMs 0 where there is no gap
 */
record Gap(long sinceMs, long number, long seenMs) {
  /** How long the lowest number must keep coming before the hub believes that it forgot. */
  static final long PATIENCE_MS = 60_000;

  /** A number that does not come for so long is not being resent; three times the agent's pace. */
  static final long ABSENT_MS = 30_000;

  /** Returns whether a number that comes now shows that the ones before it were forgotten. */
  boolean isOwnLoss(long now, long nowMs) {
    return now == number && comes(nowMs) && nowMs - sinceMs >= PATIENCE_MS;
  }

  /** Returns the gap after a number that came now. */
  Gap with(long now, long nowMs) {
    if (now == number && comes(nowMs)) {
      return new Gap(sinceMs, number, nowMs);
    }
    // A device that still had the lowest one would have sent it again: it was a latecomer.
    boolean latecomer = now > number && comes(nowMs);
    return latecomer ? this : new Gap(nowMs, now, nowMs);
  }

  private boolean comes(long nowMs) {
    return sinceMs > 0 && nowMs - seenMs <= ABSENT_MS;
  }
}
