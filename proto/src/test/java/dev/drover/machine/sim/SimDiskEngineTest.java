package dev.drover.machine.sim;

import dev.drover.engine.StoreEngine;
import dev.drover.machine.EffectContract;
import dev.drover.machine.Engine;
import dev.drover.machine.EngineContract;
import dev.drover.machine.EngineHarness;
import dev.drover.machine.ThreadedHarness;
import dev.drover.machine.TimerContract;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.Store;
import org.junit.jupiter.api.Nested;

/** The contract on the engine with threads, over the simulated disk. */
class SimDiskEngineTest {
  private static final class Harness extends ThreadedHarness {
    private final SimDisk disk = new SimDisk(CrashPlan.never());

    @Override
    protected Engine openEngine(EngineOptions options) {
      return StoreEngine.open("test", disk.open(), options);
    }

    @Override
    protected Store openStore() {
      return disk.open();
    }

    @Override
    public String fingerprint() {
      return Long.toString(disk.commits());
    }

    @Override
    public void close() {}
  }

  @Nested
  class Events extends EngineContract {
    @Override
    protected EngineHarness newHarness() {
      return new Harness();
    }
  }

  @Nested
  class Effects extends EffectContract {
    @Override
    protected EngineHarness newHarness() {
      return new Harness();
    }
  }

  @Nested
  class Timers extends TimerContract {
    @Override
    protected EngineHarness newHarness() {
      return new Harness();
    }
  }
}
