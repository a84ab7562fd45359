package dev.drover.deploy.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The fleet of shipped cores on fixed seeds. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FleetSimulationTest {
  /** Seeds in a build; {@code -Pfull} lives through many more. */
  private static final int SEEDS = Boolean.getBoolean("drover.full") ? 2_000 : 100;

  private static final Set<Fault> STRUCK = EnumSet.noneOf(Fault.class);

  /** Seeds beyond the hundred in which rows are used that come up once in some hundred. */
  private static final List<Long> SEEDS_FOR_ROWS = List.of(158L, 304L);

  private static Map<String, Long> fired = Map.of();

  private static SimResult live(long seed) {
    return new SimWorld(SimOptions.of(seed), Variant.SHIPPED, null).live();
  }

  @Test
  @Order(1)
  void fixedSeeds_breakNothing() {
    fired = Coverage.fired();
    for (long seed = 1; seed <= SEEDS; seed++) {
      unbroken(seed);
    }
  }

  private static void unbroken(long seed) {
    SimResult result = live(seed);
    STRUCK.addAll(result.counters().faults().keySet());
    if (result.violation().isPresent()) {
      throw new AssertionError(
          new Shrinker(Variant.SHIPPED, 40).shrink(result).report()
              + "Found as: "
              + result.options().command());
    }
  }

  @Test
  @Order(2)
  void everyFault_struck() {
    assertEquals(EnumSet.allOf(Fault.class), STRUCK);
  }

  @Test
  @Order(3)
  void everyRowOfEveryTable_wasUsed() {
    for (long seed : SEEDS_FOR_ROWS) {
      unbroken(seed);
    }
    Set<String> unused = Coverage.unusedSince(fired);
    assertEquals(Set.of(), unused, "rows that nobody used");
  }

  @Test
  void sameSeed_givesTheSameTrace_anotherSeedAnother() {
    String hash = live(3).trace().hash();
    assertEquals(hash, live(3).trace().hash());
    assertNotEquals(hash, live(4).trace().hash());
  }
}
