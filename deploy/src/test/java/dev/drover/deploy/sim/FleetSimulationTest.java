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

  /** Devices of one fleet that is larger than a seed draws. */
  private static final int MANY = Boolean.getBoolean("drover.full") ? 1_000 : 200;

  private static final Set<Fault> STRUCK = EnumSet.noneOf(Fault.class);

  /** Seeds beyond the hundred in which rows are used that come up once in some hundred. */
  private static final List<Long> SEEDS_FOR_ROWS = List.of(134L, 158L, 171L, 301L);

  private static Map<String, Long> fired = Map.of();

  private static SimResult live(SimOptions options) {
    return new SimWorld(options, Variant.SHIPPED, null).live();
  }

  private static String hash(long seed) {
    return live(SimOptions.of(seed)).trace().hash();
  }

  @Test
  @Order(1)
  void fixedSeeds_breakNothing() {
    fired = Coverage.fired();
    for (long seed = 1; seed <= SEEDS; seed++) {
      unbroken(SimOptions.of(seed));
    }
  }

  private static void unbroken(SimOptions options) {
    SimResult result = live(options);
    STRUCK.addAll(result.counters().faults().keySet());
    if (result.violation().isPresent()) {
      throw new AssertionError(
          new Shrinker(() -> Variant.SHIPPED, 40).shrink(result).report()
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
      unbroken(SimOptions.of(seed));
    }
    Set<String> unused = Coverage.unusedSince(fired);
    assertEquals(Set.of(), unused, "rows that nobody used");
  }

  @Test
  @Order(4)
  void largeFleet_breaksNothing() {
    unbroken(SimOptions.of(1).withDevices(MANY));
  }

  @Test
  void sameSeed_givesTheSameTrace_anotherSeedAnother() {
    String hash = hash(3);
    assertEquals(hash, hash(3));
    assertNotEquals(hash, hash(4));
  }
}
