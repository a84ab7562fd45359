package dev.drover.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.machine.runtime.EngineLimits;
import org.junit.jupiter.api.Test;

/** What every engine promises about timers and time. */
public abstract class TimerContract extends EngineFixture {
  private static final long HOUR_MS = 3_600_000;

  @Test
  void timer_fires_atItsTimeAndNotBefore() {
    long atMs = engine().nowMs() + HOUR_MS;
    ask("a", "timer t " + atMs + " add_x,now_fired");
    harness().settle(engine());
    assertNull(row("a", "n"));
    harness().time().advance(HOUR_MS / 2);
    harness().settle(engine());
    assertNull(row("a", "n"));
    harness().time().advance(HOUR_MS);
    harness().await(engine(), () -> "1".equals(row("a", "n")));
    assertTrue(Long.parseLong(present(row("a", "fired"))) >= atMs);
    harness().time().advance(HOUR_MS);
    harness().settle(engine());
    assertEquals("1", row("a", "n"));
  }

  @Test
  void timer_past_firesAtOnce() {
    ask("a", "timer t 5 add_x");
    harness().await(engine(), () -> "1".equals(row("a", "n")));
  }

  @Test
  void timer_setAgain_moves() {
    long now = engine().nowMs();
    ask("a", "timer t " + (now + HOUR_MS) + " add_old");
    ask("a", "timer t " + (now + 3 * HOUR_MS) + " add_new");
    harness().time().advance(2 * HOUR_MS);
    harness().settle(engine());
    assertNull(row("a", "n"));
    harness().time().advance(2 * HOUR_MS);
    harness().await(engine(), () -> row("a", "id/new") != null);
    assertNull(row("a", "id/old"));
  }

  @Test
  void timer_cancelled_doesNotFire() {
    long now = engine().nowMs();
    ask("a", "timer t " + (now + HOUR_MS) + " add_x;timer u " + (now + HOUR_MS) + " add_y");
    ask("a", "cancel t;cancel never-set");
    harness().time().advance(2 * HOUR_MS);
    harness().await(engine(), () -> row("a", "id/y") != null);
    harness().settle(engine());
    assertNull(row("a", "id/x"));
  }

  @Test
  void timer_dueWhileDown_firesOnceAfterTheRestart() {
    ask("a", "timer t " + (engine().nowMs() + HOUR_MS) + " add_x");
    engine().close();
    harness().time().advance(2 * HOUR_MS);
    start(EngineLimits.hub());
    harness().await(engine(), () -> "1".equals(row("a", "n")));
    restart();
    harness().settle(engine());
    assertEquals("1", row("a", "n"));
  }

  @Test
  void timers_ofManyKeys_allFireInOrderOfTime() {
    long now = engine().nowMs();
    for (int i = 0; i < 200; i++) {
      ask("k" + i, "timer t " + (now + 1000 + i) + " send_all_add_" + i);
    }
    harness().time().advance(HOUR_MS);
    harness().await(engine(), () -> "200".equals(row("all", "n")));
    for (int i = 0; i < 200; i++) {
      assertEquals(Integer.toString(i + 1), row("all", "id/" + i));
    }
  }

  @Test
  void timer_setsItself_firesAgain() {
    long now = engine().nowMs();
    ask("a", "timer t " + (now + 1000) + " add_x,timer_t_" + (now + 2000) + "_add_y");
    harness().time().advance(HOUR_MS);
    harness().await(engine(), () -> row("a", "id/y") != null);
    assertNull(row("a", "doubles"));
  }

  @Test
  void time_wallClockFallsOverARestart_neverFalls() {
    harness().time().advance(HOUR_MS);
    harness().settle(engine());
    long before = engine().nowMs();
    engine().close();
    harness().time().jump(0);
    start(EngineLimits.hub());
    assertTrue(engine().nowMs() >= before);
  }

  @Test
  void time_wallClockJumpsAhead_leasesAreNotExpired() {
    long before = engine().nowMs();
    harness().time().jump(harness().time().wallMs() + 365 * 24 * HOUR_MS);
    harness().time().advance(1000);
    harness().settle(engine());
    long passed = engine().nowMs() - before;
    assertTrue(passed <= 1_100, "passed " + passed);
  }

  @Test
  void time_read_advances() {
    long before = engine().nowMs();
    // The committer reads the two clocks one after the other: between them both would move.
    try (EngineHarness.Hold hold = harness().hold(engine())) {
      assertTrue(hold != null);
      harness().time().advance(HOUR_MS);
    }
    harness().await(engine(), () -> engine().nowMs() >= before + HOUR_MS);
  }
}
