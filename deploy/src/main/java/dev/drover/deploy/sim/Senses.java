package dev.drover.deploy.sim;

import dev.drover.agent.exchange.TrustedClock;
import dev.drover.agent.sense.DeviceLook;
import dev.drover.agent.sense.PowerSupplies;
import dev.drover.machine.Engine;
import dev.drover.v1.NetworkCost;
import dev.drover.v1.PowerSource;
import java.time.ZoneOffset;
import java.util.function.BooleanSupplier;

/** What a simulated device knows of itself: its power, and that it is in UTC and left alone. */
final class Senses {
  private static final PowerSupplies.Power MAINS = new PowerSupplies.Power(PowerSource.MAINS, 1000);
  private static final PowerSupplies.Power BATTERY =
      new PowerSupplies.Power(PowerSource.BATTERY, 500);

  private final DeviceLook look;
  private Runnable clockWanted = () -> {};

  Senses(Engine engine, String bootId, TrustedClock clock, BooleanSupplier onMains) {
    this.look =
        new DeviceLook(
            engine,
            new DeviceLook.Sources(
                bootId,
                clock::millis,
                clock::trusted,
                () -> clockWanted.run(),
                () -> ZoneOffset.UTC,
                () -> onMains.getAsBoolean() ? MAINS : BATTERY,
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
