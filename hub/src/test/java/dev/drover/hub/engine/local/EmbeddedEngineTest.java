package dev.drover.hub.engine.local;

import dev.drover.engine.StoreDirectory;
import dev.drover.machine.DirectoryContract;
import dev.drover.machine.DirectoryHarness;
import dev.drover.machine.EffectContract;
import dev.drover.machine.Engine;
import dev.drover.machine.EngineContract;
import dev.drover.machine.EngineHarness;
import dev.drover.machine.KillNine;
import dev.drover.machine.TimerContract;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.Store;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of engines on RocksDB, and kill -9. */
class EmbeddedEngineTest {
  private static final int KILLS = 5;

  private static final class Harness extends DirectoryHarness {
    @Override
    protected Engine openEngine(EngineOptions options) {
      return EmbeddedEngine.open(directory(), options);
    }

    @Override
    protected Store openStore() {
      return RocksStore.open(StoreDirectory.open(directory(), anySchema()));
    }
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

  @Nested
  class Directory extends DirectoryContract {
    @Override
    protected DirectoryHarness newHarness() {
      return new Harness();
    }
  }

  /** The process that is killed. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      KillNine.child(arguments, EmbeddedEngine::open);
    }
  }

  @Test
  void killNine_severalTimes_losesAndDoublesNothing(@TempDir Path directory)
      throws IOException, InterruptedException {
    KillNine.check(Child.class, directory, EmbeddedEngine::open, KILLS);
  }
}
