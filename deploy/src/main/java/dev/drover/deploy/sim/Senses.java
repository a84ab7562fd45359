package dev.drover.deploy.sim;

import dev.drover.agent.exchange.TrustedClock;
import dev.drover.agent.sense.DeviceLook;
import dev.drover.agent.sense.PowerSupplies;
import dev.drover.machine.Engine;
import dev.drover.v1.NetworkCost;
import dev.drover.v1.PowerSource;
import java.time.ZoneOffset;

/** What a simulated device knows of itself: always on mains, in UTC, and nobody talks to it. */
final class Senses {
  private static final PowerSupplies.Power POWER = new PowerSupplies.Power(PowerSource.MAINS, 1000);

  private final DeviceLook look;
  private Runnable clockWanted = () -> {};

  Senses(Engine engine, String bootId, TrustedClock clock) {
    this.look =
        new DeviceLook(
            engine,
            new DeviceLook.Sources(
                bootId,
                clock::millis,
                clock::trusted,
                () -> clockWanted.run(),
                () -> ZoneOffset.UTC,
                () -> POWER,
                () -> NetworkCost.UNMETERED,
                () -> false));
  }

  DeviceLook look() {
    return look;
  }

  void clockWantedBy(Runnable task) {
    clockWanted = task;
  }
}
