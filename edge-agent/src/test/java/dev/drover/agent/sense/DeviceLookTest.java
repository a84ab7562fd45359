package dev.drover.agent.sense;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.InstallMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.RunMachine;
import dev.drover.agent.core.TurnMachine;
import dev.drover.agent.core.UplinkMachine;
import dev.drover.agent.store.DeviceEngine;
import dev.drover.agent.v1.TurnArrived;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.v1.Conditions;
import dev.drover.v1.NetworkCost;
import dev.drover.v1.PowerSource;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What waits on a device hears of a change there, and nothing else does. */
class DeviceLookTest {
  private final Clock clock = Clock.systemUTC();
  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicInteger timesAsked = new AtomicInteger();
  private volatile PowerSource power = PowerSource.BATTERY;
  private volatile boolean trusted = true;
  @TempDir private Path directory;
  private Engine engine;
  private DeviceLook look;

  @BeforeEach
  void start() {
    engine =
        DeviceEngine.open(
            directory.resolve("store"),
            EngineTime.of(clock, System::nanoTime),
            EngineListener.ofFailure(code -> {}));
    look =
        new DeviceLook(
            engine,
            new DeviceLook.Sources(
                "boot",
                clock::millis,
                () -> trusted,
                timesAsked::incrementAndGet,
                () -> ZoneOffset.UTC,
                () -> {
                  looks.incrementAndGet();
                  return new PowerSupplies.Power(power, 0);
                },
                () -> NetworkCost.UNMETERED,
                () -> false));
    engine.register(new TurnMachine(2, false));
    engine.register(new RunMachine());
    engine.register(new InstallMachine());
    engine.register(new UplinkMachine());
    engine.register(new AuditMachine());
    engine.handle(Machines.EFFECT_LOOK, look);
    for (String other :
        List.of(
            Machines.EFFECT_RUN,
            Machines.EFFECT_CANCEL_RUN,
            Machines.EFFECT_UPLINK_WAKE,
            Machines.EFFECT_AUDIT_WAKE)) {
      engine.handle(other, owed -> EffectResult.doneStage());
    }
    engine.start();
  }

  @AfterEach
  void stop() {
    engine.close();
  }

  private void arriveForMains() {
    TurnArrived arrived =
        TurnArrived.newBuilder()
            .setExecution("j1-1")
            .setAttempt(1)
            .setBootId("boot")
            .setExpiresMs(clock.millis() + 3_600_000)
            .setConditions(Conditions.newBuilder().setMains(true))
            .build();
    engine
        .submit(
            Machines.TURN,
            Machines.TURN,
            TurnEvent.newBuilder().setArrived(arrived).build().toByteArray())
        .toCompletableFuture()
        .join()
        .orThrow();
  }

  private boolean waits() {
    return engine.read(Machines.TURN, Machines.TURN, TurnMachine::anyWaits);
  }

  @Test
  void watch_withNothingThatWaits_looksAtNothing() {
    look.watch();
    assertEquals(0, looks.get());
    assertEquals(0, timesAsked.get());
  }

  @Test
  void arrival_withACondition_isLookedAt_andChangesAreTold() {
    arriveForMains();
    await().until(() -> looks.get() == 1);
    look.watch();
    assertEquals(2, looks.get());
    assertTrue(waits(), "it is on its battery");

    power = PowerSource.MAINS;
    look.watch();
    await().until(() -> !waits());
    int seen = looks.get();
    look.watch();
    assertEquals(seen, looks.get());
  }

  @Test
  void clock_thatIsNotTheHubs_isAskedFor() {
    trusted = false;
    arriveForMains();
    await().until(() -> timesAsked.get() > 0);
  }
}
