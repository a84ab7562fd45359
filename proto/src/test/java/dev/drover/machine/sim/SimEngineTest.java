package dev.drover.machine.sim;

import dev.drover.machine.EffectContract;
import dev.drover.machine.EngineContract;
import dev.drover.machine.EngineHarness;
import dev.drover.machine.TimerContract;
import org.junit.jupiter.api.Nested;

/** The contract on the simulated engine. */
class SimEngineTest {
  @Nested
  class Events extends EngineContract {
    @Override
    protected EngineHarness newHarness() {
      return new SimHarness(1);
    }
  }

  @Nested
  class Effects extends EffectContract {
    @Override
    protected EngineHarness newHarness() {
      return new SimHarness(2);
    }
  }

  @Nested
  class Timers extends TimerContract {
    @Override
    protected EngineHarness newHarness() {
      return new SimHarness(3);
    }
  }
}
