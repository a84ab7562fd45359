package dev.drover.machine.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class EngineClockTest {
  private static final long NOW_MS = 1_800_000_000_000L;
  private static final long SECOND = 1_000_000_000L;
  private static final EngineClock.Policy POLICY = new EngineClock.Policy(100, 3_600_000, 0);

  @Test
  void read_wallClockAgrees_followsIt() {
    EngineClock clock = EngineClock.first(POLICY, NOW_MS, 7);
    assertEquals(NOW_MS, clock.read(NOW_MS, 7));
    assertEquals(NOW_MS + 1000, clock.read(NOW_MS + 1000, 7 + SECOND));
    assertEquals(NOW_MS + 3000, clock.read(NOW_MS + 3000, 7 + 3 * SECOND));
  }

  @Test
  void read_wallClockJumpsAhead_leansByTheRateOnly() {
    EngineClock clock = EngineClock.first(POLICY, NOW_MS, 0);
    long jumped = NOW_MS + 3_600_000;
    assertEquals(NOW_MS + 11_000, clock.read(jumped + 10_000, 10 * SECOND));
    assertEquals(NOW_MS + 110_000, clock.read(jumped + 100_000, 100 * SECOND));
  }

  @Test
  void read_wallClockJumpsBack_leansByTheRateAndNeverFalls() {
    EngineClock clock = EngineClock.first(POLICY, NOW_MS, 0);
    assertEquals(NOW_MS + 9_000, clock.read(0, 10 * SECOND));
    assertEquals(NOW_MS + 9_000, clock.read(0, 10 * SECOND));
    assertEquals(NOW_MS + 90_000, clock.read(-5, 100 * SECOND));
  }

  @Test
  void read_smallDifference_isMadeUpExactly() {
    EngineClock clock = EngineClock.first(POLICY, NOW_MS, 0);
    assertEquals(NOW_MS + 10_500, clock.read(NOW_MS + 10_500, 10 * SECOND));
    assertEquals(NOW_MS + 19_800, clock.read(NOW_MS + 19_800, 20 * SECOND));
  }

  @Test
  void read_monotonicClockFalls_countsAsNoTime() {
    EngineClock clock = EngineClock.first(POLICY, NOW_MS, 50 * SECOND);
    assertEquals(NOW_MS, clock.read(NOW_MS, 10 * SECOND));
    assertEquals(NOW_MS + 1000, clock.read(NOW_MS + 1000, 11 * SECOND));
  }

  @Test
  void read_absurdWallClocks_doNotOverflow() {
    EngineClock clock = EngineClock.first(POLICY, NOW_MS, 0);
    assertEquals(NOW_MS + 11_000, clock.read(Long.MAX_VALUE, 10 * SECOND));
    assertEquals(NOW_MS + 20_000, clock.read(Long.MIN_VALUE, 20 * SECOND));
    assertTrue(EngineClock.first(POLICY, Long.MAX_VALUE, 0).read(NOW_MS, SECOND) > 0);
    assertEquals(0, EngineClock.first(POLICY, Long.MIN_VALUE, 0).read(0, 0));
  }

  @Test
  void resumed_afterDowntime_countsIt() {
    EngineClock clock = EngineClock.resumed(POLICY, NOW_MS, NOW_MS + 60_000, 5);
    assertEquals(NOW_MS + 60_000, clock.read(NOW_MS + 60_000, 5));
  }

  @Test
  void resumed_wallClockYearsAhead_countsTheBoundOnly() {
    EngineClock clock = EngineClock.resumed(POLICY, NOW_MS, NOW_MS + 400_000_000_000L, 0);
    assertEquals(NOW_MS + 3_600_000, clock.read(NOW_MS + 400_000_000_000L, 0));
  }

  @Test
  void resumed_bootsIn1970_goesOnFromWhereItWas() {
    EngineClock clock = EngineClock.resumed(POLICY, NOW_MS, 3_000, 0);
    assertEquals(NOW_MS, clock.read(3_000, 0));
    assertEquals(NOW_MS + 900, clock.read(4_000, SECOND));
  }

  @Test
  void first_bootsIn1970_beginsAtTheFloor() {
    EngineClock.Policy floored = new EngineClock.Policy(100, 0, NOW_MS);
    assertEquals(NOW_MS, EngineClock.first(floored, 3_000, 0).read(3_000, 0));
    assertEquals(NOW_MS, EngineClock.resumed(floored, 9_000, 3_000, 0).read(3_000, 0));
  }

  @Test
  void policy_outOfRange_refused() {
    assertThrows(IllegalArgumentException.class, () -> new EngineClock.Policy(501, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new EngineClock.Policy(-1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new EngineClock.Policy(0, -1, 0));
    assertThrows(IllegalArgumentException.class, () -> new EngineClock.Policy(0, 0, -1));
  }
}
