package dev.drover.deploy.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The fleet of shipped cores on fixed seeds. */
class FleetSimulationTest {
  @Test
  void sameSeed_givesTheSameTrace() {
    SimResult first = new SimWorld(SimOptions.of(3), Variant.SHIPPED, null).live();
    SimResult second = new SimWorld(SimOptions.of(3), Variant.SHIPPED, null).live();
    assertEquals(first.trace().hash(), second.trace().hash());
  }
}
