package dev.drover.machine;

import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.Store;
import dev.drover.machine.runtime.StoreCheck;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.machine.sim.SimTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;

/** What the harnesses of engines with threads share: waiting, and holding the committer. */
public abstract class ThreadedHarness implements EngineHarness {
  private static final String BLOCKER = "blocker";
  private static final long WAIT_SECONDS_MAX = 30;

  private final SimTime time = new SimTime(1_800_000_000_000L);
  private volatile CountDownLatch entered = new CountDownLatch(1);
  private volatile CountDownLatch release = new CountDownLatch(1);

  /** Opens the engine itself. */
  protected abstract Engine openEngine(EngineOptions options);

  /** Opens the bare store, while no engine is open. */
  protected abstract Store openStore();

  /** Returns a schema that opens what any test wrote. */
  protected static StoreSchema anySchema() {
    return new StoreSchema(3, Map.of(1, rows -> {}, 2, rows -> {}));
  }

  @Override
  public final Engine open(StoreSchema schema, EngineLimits limits) {
    Engine engine = openEngine(EngineOptions.of(schema, limits, time.source()));
    engine.register(new Blocker());
    return engine;
  }

  @Override
  public final SimTime time() {
    return time;
  }

  @Override
  public final void await(Engine engine, BooleanSupplier condition) {
    Awaitility.await()
        .pollDelay(0, TimeUnit.MILLISECONDS)
        .pollInterval(2, TimeUnit.MILLISECONDS)
        .atMost(WAIT_SECONDS_MAX, TimeUnit.SECONDS)
        .until(
            () -> {
              nudge(engine);
              return condition.getAsBoolean();
            });
  }

  @Override
  public final void settle(Engine engine) {
    // Each of these is a turn of the committer after everything that was there before.
    for (int i = 0; i < 3; i++) {
      nudge(engine);
    }
  }

  @Override
  public final Hold hold(Engine engine) {
    entered = new CountDownLatch(1);
    release = new CountDownLatch(1);
    engine.submit(BLOCKER, "hold", new byte[] {1});
    waitFor(entered);
    return release::countDown;
  }

  @Override
  public final List<String> problems() {
    try (Store store = openStore()) {
      return StoreCheck.problems(store);
    }
  }

  /** Makes the committer look at the clock, which it does not know to have moved. */
  private void nudge(Engine engine) {
    long unused = engine.nowMs();
    Object unusedReply =
        engine
            .submit(BLOCKER, "nudge", new byte[] {0})
            .handle((reply, refused) -> this)
            .toCompletableFuture()
            .join();
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      if (!latch.await(WAIT_SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new AssertionError("The committer is stuck");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** A machine that is not pure: it waits, when told to. */
  private final class Blocker implements Machine<Boolean> {
    @Override
    public String name() {
      return BLOCKER;
    }

    @Override
    public Boolean decode(byte[] event) {
      return event[0] == 1;
    }

    @Override
    public Step step(RowReader own, Boolean hold, long nowMs) {
      if (hold) {
        entered.countDown();
        waitFor(release);
      }
      return Step.nothing();
    }
  }
}
