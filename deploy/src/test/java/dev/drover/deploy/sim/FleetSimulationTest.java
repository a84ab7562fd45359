package dev.drover.deploy.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.EnumSet;
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

  private static SimResult live(long seed) {
    return new SimWorld(SimOptions.of(seed), Variant.SHIPPED, null).live();
  }

  @Test
  @Order(1)
  void fixedSeeds_breakNothing() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      SimResult result = live(seed);
      STRUCK.addAll(result.counters().faults().keySet());
      if (result.violation().isPresent()) {
        throw new AssertionError(
            new Shrinker(Variant.SHIPPED, 40).shrink(result).report()
                + "Found as: "
                + result.options().command());
      }
    }
  }

  @Test
  @Order(2)
  void everyFault_struck() {
    assertEquals(EnumSet.allOf(Fault.class), STRUCK);
  }

  @Test
  void sameSeed_givesTheSameTrace_anotherSeedAnother() {
    String hash = live(3).trace().hash();
    assertEquals(hash, live(3).trace().hash());
    assertNotEquals(hash, live(4).trace().hash());
  }
}
