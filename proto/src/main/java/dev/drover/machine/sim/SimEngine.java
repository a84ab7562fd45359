package dev.drover.machine.sim;

import dev.drover.machine.EffectHandler;
import dev.drover.machine.Engine;
import dev.drover.machine.EngineHealth;
import dev.drover.machine.Machine;
import dev.drover.machine.Reply;
import dev.drover.machine.RowReader;
import dev.drover.machine.runtime.EngineCore;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.Store;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * An engine in the hand of a simulation: nothing happens but in {@link #runOne}, which does one
 * piece of work (a turn of the committer, the replies of a group, or one effect), chosen by the
 * random generator. For one thread.
 *
 * <p>A {@link SimulatedCrash} out of any method ends this engine; the next one is made over the
 * same disk.
 */
public final class SimEngine implements Engine {
  private static final int CLOSING_TURNS_MAX = 1_000_000;

  private final EngineCore core;
  private final CrashPlan plan;
  private final RandomGenerator random;
  private final Deque<Runnable> callbacks = new ArrayDeque<>();
  private final Deque<Runnable> effects = new ArrayDeque<>();
  private boolean started;
  private boolean closed;

  /** Makes an engine over what the disk holds. */
  public SimEngine(SimDisk disk, EngineOptions options, RandomGenerator random) {
    this(disk.open(), disk.plan(), options, random);
  }

  /**
   * Makes an engine over a store.
   *
   * @param plan when the power goes
   */
  public SimEngine(Store store, CrashPlan plan, EngineOptions options, RandomGenerator random) {
    this.plan = plan;
    this.random = random;
    this.core = new EngineCore(store, options, callbacks::add, effects::add);
  }

  /**
   * Does one piece of work.
   *
   * @return false if there was nothing to do at the present time
   */
  public boolean runOne() {
    int choice = random.nextInt(3);
    for (int i = 0; i < 3; i++) {
      boolean worked =
          switch ((choice + i) % 3) {
            case 0 -> turn();
            case 1 -> run(callbacks, "before replies");
            default -> run(effects, "before an effect");
          };
      if (worked) {
        return true;
      }
    }
    return false;
  }

  /** Works until nothing is to be done at the present time. */
  public void runUntilIdle() {
    while (runOne()) {
      // Each round is one piece of work.
    }
  }

  /** Returns how long nothing is to be done unless something is submitted, in nanoseconds. */
  public long untilWakeNanos() {
    return core.untilWakeNanos();
  }

  @Override
  public void register(Machine<?> machine) {
    core.register(machine);
  }

  @Override
  public void handle(String kind, EffectHandler handler) {
    core.handle(kind, handler);
  }

  @Override
  public void start() {
    core.start();
    started = true;
  }

  @Override
  public CompletionStage<Reply> submit(String machine, String key, byte[] event) {
    return core.submit(machine, key, event);
  }

  @Override
  public <T> T read(String machine, String key, Function<RowReader, T> reader) {
    return core.read(machine, key, reader);
  }

  @Override
  public List<String> scanKeys(String machine, String afterKey, int limit) {
    return core.scanKeys(machine, afterKey, limit);
  }

  @Override
  public long nowMs() {
    return core.nowMs();
  }

  @Override
  public EngineHealth health() {
    return core.health();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    core.stopAccepting();
    core.stopPerforming();
    for (int i = 0; started && !core.idle() && i < CLOSING_TURNS_MAX; i++) {
      runOne();
    }
    core.finish();
    core.refuseRest();
    callbacks.forEach(Runnable::run);
    core.closeStore();
  }

  private boolean turn() {
    if (!started) {
      return false;
    }
    try {
      return core.turn(0) || !effects.isEmpty() || !callbacks.isEmpty();
    } catch (InterruptedException e) {
      throw new IllegalStateException("A simulation is not interrupted", e);
    }
  }

  private boolean run(Deque<Runnable> tasks, String what) {
    Runnable task = tasks.poll();
    if (task == null) {
      return false;
    }
    plan.pass(what);
    task.run();
    return true;
  }
}
