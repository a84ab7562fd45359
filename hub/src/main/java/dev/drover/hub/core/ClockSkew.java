package dev.drover.hub.core;

import dev.drover.hub.v1.DeviceSeen;

/**
 * Estimates how far a device's clock is from the hub's out of messages that travel one way. What a
 * message waited makes the device's clock look late and never early, so the estimate is the largest
 * difference of the last one to two windows. Pure.
 */
final class ClockSkew {
  /** Length of a window, milliseconds. */
  static final long WINDOW_MS = 300_000;

  private ClockSkew() {}

  /**
   * Takes a message that was stamped when it was sent.
   *
   * @param differenceMs the message's time minus the hub's at its arrival
   * @param anew whether what was measured before does not count: the device connected, and its
   *     clock may have been set
   */
  static void take(DeviceSeen.Builder seen, long differenceMs, boolean anew, long nowMs) {
    if (anew || !seen.hasSkewNowMs()) {
      seen.clearSkewBeforeMs().setSkewNowMs(differenceMs).setSkewSinceMs(nowMs);
    } else if (nowMs - seen.getSkewSinceMs() >= WINDOW_MS) {
      seen.setSkewBeforeMs(seen.getSkewNowMs()).setSkewNowMs(differenceMs).setSkewSinceMs(nowMs);
    } else {
      seen.setSkewNowMs(Math.max(seen.getSkewNowMs(), differenceMs));
    }
    long before = seen.hasSkewBeforeMs() ? seen.getSkewBeforeMs() : seen.getSkewNowMs();
    seen.setClockSkewMs(Math.max(before, seen.getSkewNowMs()));
  }
}
