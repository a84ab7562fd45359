package dev.drover.hub.core;

import dev.drover.hub.v1.DeviceSeen;
import dev.drover.v1.Device;

/**
 * How often a device failed lately, in thousandths, halved each hour: what is past is forgiven by
 * itself. In whole numbers, so that the same history gives the same figure. Pure.
 */
final class RecentFailures {
  /** After so long a failure counts half, milliseconds. */
  static final long HALF_LIFE_MS = 3_600_000;

  /** What one failure counts at first. */
  static final int ONE = 1000;

  private static final int MOST = 100 * ONE;

  private RecentFailures() {}

  /** Counts one failure. */
  static void count(DeviceSeen.Builder seen, long nowMs) {
    int before = decayed(seen.getFailures(), seen.getFailuresMs(), nowMs);
    long halvings = Math.max(0, nowMs - seen.getFailuresMs()) / HALF_LIFE_MS;
    long sinceMs = before == 0 ? nowMs : seen.getFailuresMs() + halvings * HALF_LIFE_MS;
    seen.setFailures(Math.min(MOST, before + ONE)).setFailuresMs(sinceMs);
  }

  /** Returns what a device's failures count now. */
  static int now(Device device, long nowMs) {
    return decayed(device.getRecentFailures(), device.getRecentFailuresMs(), nowMs);
  }

  private static int decayed(int failures, long sinceMs, long nowMs) {
    long halvings = Math.max(0, nowMs - sinceMs) / HALF_LIFE_MS;
    return halvings >= Integer.SIZE - 1 ? 0 : failures >> halvings;
  }
}
