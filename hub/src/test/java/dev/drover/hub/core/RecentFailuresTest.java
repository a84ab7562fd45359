package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.hub.v1.DeviceSeen;
import dev.drover.v1.Device;
import org.junit.jupiter.api.Test;

class RecentFailuresTest {
  private static final long NOW = 50_000_000_000L;
  private static final long HOUR = RecentFailures.HALF_LIFE_MS;
  private final DeviceSeen.Builder seen = DeviceSeen.newBuilder();

  private int at(long nowMs) {
    Device device =
        Device.newBuilder()
            .setRecentFailures(seen.getFailures())
            .setRecentFailuresMs(seen.getFailuresMs())
            .build();
    return RecentFailures.now(device, nowMs);
  }

  @Test
  void failures_addUp_andAreHalvedEachHour() {
    assertEquals(0, at(NOW));
    RecentFailures.count(seen, NOW);
    RecentFailures.count(seen, NOW + 1);
    assertEquals(2000, at(NOW + HOUR - 1));
    assertEquals(1000, at(NOW + HOUR));
    RecentFailures.count(seen, NOW + HOUR + HOUR / 2);
    assertEquals(2000, at(NOW + HOUR + HOUR / 2));
    assertEquals(1000, at(NOW + 2 * HOUR), "the half hour before counts too");
    assertEquals(0, at(NOW + 1000 * HOUR));
    RecentFailures.count(seen, NOW + 1000 * HOUR + 7);
    assertEquals(1000, at(NOW + 1001 * HOUR));
  }

  @Test
  void failures_areBounded_alsoWhenTimeFellBack() {
    for (int i = 0; i < 1000; i++) {
      RecentFailures.count(seen, NOW);
    }
    assertEquals(100_000, at(NOW));
    assertEquals(100_000, at(NOW - HOUR));
    RecentFailures.count(seen, NOW - HOUR);
    assertEquals(100_000, at(NOW));
  }
}
