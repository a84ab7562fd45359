package dev.drover.deploy.sim;

import dev.drover.machine.Machine;
import dev.drover.machine.runtime.EngineClock;
import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.machine.runtime.Store;
import dev.drover.machine.runtime.StoreFailure;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.machine.sim.CrashPlan;
import dev.drover.machine.sim.SimDisk;
import dev.drover.machine.sim.SimEngine;
import dev.drover.machine.sim.SimulatedCrash;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One machine of the simulated world: a disk and clocks that outlive processes, and the process
 * that runs on them now, if one does.
 */
abstract class SimNode {
  private static final long NANOS_PER_MS = 1_000_000;
  private static final long RESTART_MS_MAX = 8_000;

  final SimWorld world;
  final String name;
  final RandomGenerator random;
  final CrashPlan plan = CrashPlan.never();
  final SimDisk disk = new SimDisk(plan);
  final SimFiles files = new SimFiles(plan);
  final NodeClock clock;
  private final List<Lane> lanes = new ArrayList<>();
  private @Nullable SimEngine engine;
  private @Nullable ErrorCode storeFailure;
  private long wakeAtMs = Long.MAX_VALUE;
  private int life;
  private boolean up;
  private boolean restartAsked;
  private long standsUntilMs;
  private long offUntilMs;

  /** Whether the world has it on its list of nodes with something to do. */
  boolean listed;

  SimNode(SimWorld world, String name) {
    this.world = world;
    this.name = name;
    this.random = world.randomOf(name);
    this.clock = new NodeClock(world::nowMs);
  }

  /** Puts a process together; what it throws ends that process. */
  abstract void assemble();

  /** Returns a machine of this node, or what stands around it and looks. */
  Machine<?> watched(Machine<?> machine) {
    return machine;
  }

  /** Notes that the process ended, however. */
  abstract void ended();

  final boolean up() {
    return up;
  }

  /** Returns how many processes there were. */
  final int life() {
    return life;
  }

  final NodeEngine newEngine(EngineLimits limits, EngineClock.Policy policy, InstantSource wall) {
    EngineTime time = new EngineTime(wall, clock::monotonicNanos, policy, EngineTime.RESERVE_MS);
    EngineOptions options =
        EngineOptions.of(StoreSchema.first(), limits, time)
            .withListener(EngineListener.ofFailure(code -> storeFailure = code));
    long tornBefore = disk.tornFound();
    Store opened = disk.open();
    if (disk.tornFound() > tornBefore) {
      world.counters().count(Fault.TORN_WRITE);
    }
    SimEngine made = new SimEngine(world.variant().store(name, opened), plan, options, random);
    engine = made;
    return new NodeEngine(made, world.variant(), this);
  }

  final Lane newLane() {
    Lane lane = new Lane(plan, this::touch);
    lanes.add(lane);
    return lane;
  }

  /** Tells the world that there may be something to do here. */
  final void touch() {
    world.touched(this);
  }

  /** Starts a process; one that cannot start is tried again. */
  final void start() {
    if (up) {
      return;
    }
    if (world.nowMs() < offUntilMs) {
      world.at(offUntilMs, this::start);
      return;
    }
    life++;
    up = true;
    storeFailure = null;
    restartAsked = false;
    standsUntilMs = 0;
    wakeAtMs = Long.MAX_VALUE;
    world.trace().line("start %s life %d", name, life);
    guard(
        () -> {
          try {
            assemble();
          } catch (DroverException failed) {
            if (failed.code() != ErrorCode.DISK_FULL && failed.code() != ErrorCode.STORE_FAILED) {
              throw failed;
            }
            storeFailure = failed.code();
          } catch (StoreFailure failed) {
            storeFailure = failed.code();
          }
        });
    touch();
  }

  /** Lets the process end at once, wherever it is. */
  final void kill(String why) {
    if (!up) {
      return;
    }
    up = false;
    world.trace().line("end %s: %s", name, why);
    disk.crash();
    plan.calm();
    lanes.clear();
    engine = null;
    ended();
    long pauseMs = 100 + random.nextLong(RESTART_MS_MAX);
    world.after(pauseMs, this::start);
  }

  /** Lets the process stand still for a while; what comes meanwhile waits for it. */
  final void stand(long ms) {
    if (up) {
      standsUntilMs = world.nowMs() + ms;
      world.at(standsUntilMs, this::touch);
    }
  }

  final boolean stands() {
    return up && world.nowMs() < standsUntilMs;
  }

  /** Ends a standstill. */
  final void wake() {
    standsUntilMs = 0;
    touch();
  }

  /** Does something now, or as soon as the process no longer stands still. */
  final void whenAwake(Runnable task) {
    if (stands()) {
      world.at(standsUntilMs, () -> whenAwake(task));
    } else {
      task.run();
    }
  }

  /** Ends the process, and lets none begin for so long. */
  final void off(long ms) {
    kill("switched off");
    offUntilMs = world.nowMs() + ms;
  }

  /** Asks the process to end in good order and to be started again. */
  final void restart() {
    restartAsked = true;
    touch();
  }

  /** Does something in this process; what it owes to a crash or a failed disk follows. */
  final void guard(Runnable body) {
    if (!up) {
      return;
    }
    int ofLife = life;
    try {
      body.run();
    } catch (SimulatedCrash crash) {
      if (life == ofLife) {
        kill("crash " + crash.getMessage());
      }
      return;
    } catch (DroverException failed) {
      // What waits for an engine that stopped gets no answer; the process ends for that below.
      if (storeFailure == null) {
        throw failed;
      }
    }
    if (life != ofLife) {
      return;
    }
    if (disk.crashed()) {
      kill("crash");
    } else if (storeFailure != null) {
      kill("store failed: " + storeFailure);
    } else if (restartAsked) {
      kill("restart");
    }
  }

  /**
   * Does one piece of work.
   *
   * @return false where nothing is to be done now
   */
  final boolean turn() {
    if (stands()) {
      return false;
    }
    boolean[] worked = {false};
    guard(() -> worked[0] = work());
    return worked[0] && up;
  }

  private boolean work() {
    SimEngine running = engine;
    if (running == null) {
      return false;
    }
    int choices = lanes.size() + 1;
    int first = random.nextInt(choices);
    for (int i = 0; i < choices; i++) {
      int choice = (first + i) % choices;
      boolean worked = choice == 0 ? running.runOne() : lanes.get(choice - 1).runOne();
      if (worked) {
        return true;
      }
    }
    return false;
  }

  /** Lets the engine go on while a task of this process takes its time. */
  final void workAside(int pieces) {
    SimEngine running = engine;
    for (int i = 0; running != null && i < pieces && running.runOne(); i++) {
      // Each round is one piece of work.
    }
  }

  /** Has the world wake this node when its engine wants to be. */
  final void sleep() {
    SimEngine running = engine;
    if (!up || running == null) {
      return;
    }
    long atMs = world.nowMs() + (running.untilWakeNanos() + NANOS_PER_MS - 1) / NANOS_PER_MS;
    atMs = Math.max(Math.max(atMs, standsUntilMs), world.nowMs() + 1);
    if (atMs < wakeAtMs || wakeAtMs <= world.nowMs()) {
      wakeAtMs = atMs;
      world.at(atMs, this::touch);
    }
  }

  /** Does something again and again as long as this process lives. */
  final void every(long ms, Runnable task) {
    later(
        ms,
        () -> {
          task.run();
          every(ms, task);
        });
  }

  /** Does something once, later, if this process still lives. */
  final void later(long ms, Runnable task) {
    int ofLife = life;
    world.after(
        ms,
        () ->
            whenAwake(
                () -> {
                  if (up && life == ofLife) {
                    guard(task);
                  }
                }));
  }
}
