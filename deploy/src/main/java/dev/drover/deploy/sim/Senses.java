package dev.drover.deploy.sim;

import dev.drover.agent.exchange.TrustedClock;
import dev.drover.agent.sense.DeviceLook;
import dev.drover.agent.sense.PowerSupplies;
import dev.drover.machine.Engine;
import dev.drover.v1.PowerSource;

/** What a process of a simulated device finds when it looks at the device. */
final class Senses {
  private static final int MAINS_PERMILLE = 1000;
  private static final int BATTERY_PERMILLE = 500;

  private final DeviceLook look;
  private Runnable clockWanted = () -> {};

  Senses(Engine engine, String bootId, TrustedClock clock, Surroundings around) {
    this.look =
        new DeviceLook(
            engine,
            new DeviceLook.Sources(
                bootId,
                clock::millis,
                clock::trusted,
                () -> clockWanted.run(),
                around::zone,
                () -> power(around.power()),
                around::network,
                around::talking));
  }

  private static PowerSupplies.Power power(PowerSource source) {
    return new PowerSupplies.Power(
        source, source == PowerSource.MAINS ? MAINS_PERMILLE : BATTERY_PERMILLE);
  }

  DeviceLook look() {
    return look;
  }

  void clockWantedBy(Runnable task) {
    clockWanted = task;
  }
}
