package dev.drover.machine.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** The power goes at every point of a history, and at random points of many. */
class CrashPointTest {
  private static final int EVENTS = 7;

  /** Seeds in a build; {@code -Pfull} runs thousands. */
  private static final int SEEDS = Boolean.getBoolean("drover.full") ? 5_000 : 150;

  @Test
  void crash_atEveryPointWithGroupsOfOne_losesAndDoublesNothing() {
    crashEverywhere(1);
  }

  @Test
  void crash_atEveryPointWithLargeGroups_losesAndDoublesNothing() {
    crashEverywhere(64);
  }

  @Test
  void crash_againAndAgain_losesAndDoublesNothing() {
    int crashes = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      CrashHistory history = new CrashHistory(CrashPlan.never(), random, 20, 1 + random.nextInt(8));
      for (int i = 0; i < 5; i++) {
        history.crashAgain().live();
      }
      named(seed, history);
      crashes += history.crashes();
    }
    assertTrue(crashes > SEEDS, "crashes " + crashes);
  }

  @Test
  void history_sameSeed_isTheSame() {
    assertEquals(trace(5), trace(5));
    assertTrue(!trace(5).equals(trace(6)), "another seed gives another history");
  }

  private static Object trace(long seed) {
    return new CrashHistory(CrashPlan.at(40), new Random(seed), 20, 3).live().trace();
  }

  private static void crashEverywhere(int groupEvents) {
    CrashPlan counting = CrashPlan.never();
    CrashHistory calm = new CrashHistory(counting, new Random(1), EVENTS, groupEvents).live();
    long points = counting.passed();
    calm.check();
    assertTrue(points > EVENTS * 3, "points " + points);
    for (long point = 1; point <= points; point++) {
      CrashHistory history =
          new CrashHistory(CrashPlan.at(point), new Random(1), EVENTS, groupEvents).live();
      assertEquals(1, history.crashes());
      named(point, history);
    }
  }

  private static void named(long which, CrashHistory history) {
    try {
      history.check();
    } catch (AssertionError e) {
      throw new AssertionError("at " + which + " after " + history.trace(), e);
    }
  }
}
