package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.hub.v1.DeviceSeen;
import org.junit.jupiter.api.Test;

class ClockSkewTest {
  private static final long NOW = 1_000_000;
  private final DeviceSeen.Builder seen = DeviceSeen.newBuilder();

  private long take(long differenceMs, boolean anew, long nowMs) {
    ClockSkew.take(seen, differenceMs, anew, nowMs);
    return seen.getClockSkewMs();
  }

  @Test
  void whatWaited_doesNotCount() {
    assertEquals(-4000, take(-4000, true, NOW));
    assertEquals(-3, take(-3, false, NOW + 1));
    assertEquals(-3, take(-2500, false, NOW + 2));
    assertEquals(-1, take(-1, false, NOW + 3));
  }

  @Test
  void clockThatWasSetBack_isSeenAfterTwoWindows_orAtTheNextHello() {
    take(5000, true, NOW);
    assertEquals(5000, take(-2, false, NOW + ClockSkew.WINDOW_MS));
    assertEquals(5000, take(-1, false, NOW + ClockSkew.WINDOW_MS + 1));
    assertEquals(-1, take(-7, false, NOW + 2 * ClockSkew.WINDOW_MS));

    take(9000, false, NOW + 2 * ClockSkew.WINDOW_MS + 1);
    assertEquals(-8, take(-8, true, NOW + 2 * ClockSkew.WINDOW_MS + 2));
  }
}
