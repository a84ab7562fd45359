package dev.drover.agent;

import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.core.HealthSource;
import dev.drover.agent.exchange.TrustedClock;
import dev.drover.agent.llm.AvailableMemory;
import dev.drover.agent.sense.DeviceLook;
import dev.drover.agent.sense.NetworkMeter;
import dev.drover.agent.sense.PowerSupplies;
import dev.drover.agent.tools.DeviceHealthSource;
import dev.drover.machine.Engine;
import dev.drover.v1.InstalledRelease;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What the agent knows of its device, put together; parts that come later are told by setters. */
final class AgentSenses {
  private final AgentCrashes crashes;
  private final PowerSupplies power;
  private final NetworkMeter network;
  private final HealthSource health;
  private final DeviceLook look;
  private volatile IntSupplier busy = () -> 0;
  private volatile Supplier<InstalledRelease> installed = InstalledRelease::getDefaultInstance;
  private volatile BooleanSupplier serving = () -> false;
  private volatile Runnable clockWanted = () -> {};

  AgentSenses(
      AgentConfig config,
      Path data,
      Engine engine,
      TrustedClock clock,
      LongSupplier nanoTime,
      String bootId) {
    this.crashes = new AgentCrashes(data.resolve("crashes"));
    this.power = new PowerSupplies(config.power());
    this.network = new NetworkMeter(config.network(), nanoTime);
    this.health =
        new DeviceHealthSource(
            data,
            AgentFiles.memoryLimitBytes(config),
            AvailableMemory::bytes,
            new DeviceHealthSource.Counts(
                () -> busy.getAsInt(), power, network, () -> crashes.count(installed.get())));
    this.look =
        new DeviceLook(
            engine,
            new DeviceLook.Sources(
                bootId,
                clock::millis,
                clock::trusted,
                () -> clockWanted.run(),
                ZoneId::systemDefault,
                power,
                network,
                () -> serving.getAsBoolean()));
  }

  HealthSource health() {
    return health;
  }

  DeviceLook look() {
    return look;
  }

  AgentCrashes crashes() {
    return crashes;
  }

  /** Sets who knows how many executions run or wait. */
  void busyBy(IntSupplier source) {
    busy = source;
  }

  /** Sets who knows what release the process follows. */
  void installedBy(Supplier<InstalledRelease> source) {
    installed = source;
  }

  /** Sets who knows whether a person is being answered. */
  void servingBy(BooleanSupplier source) {
    serving = source;
  }

  /** Sets what asks the hub for the time. */
  void clockWantedBy(Runnable task) {
    clockWanted = task;
  }
}
