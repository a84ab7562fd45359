package dev.drover.deploy.sim;

import dev.drover.machine.sim.CrashPlan;
import dev.drover.machine.sim.SimDisk;
import dev.drover.v1.CommandMark;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Breaks things: which of the faults that are allowed, how often and when, the seed decides. */
final class FaultScript {
  private static final double ACTIVE = 0.4;
  private static final long PAUSE_MS_MIN = 4_000;
  private static final long PAUSE_MS_MAX = 110_000;
  private static final long ROT_MS_MAX = 50_000;
  private static final long IMAGE_MS_MAX = 40_000;
  private static final long DAY_MS = 24L * 3600 * 1000;
  private static final int CRASH_POINTS_MAX = 60;
  private static final int SOON_POINTS_MAX = 12;
  private static final int LEASES_A_RESTORE = 12;
  private static final int SOON_MS_MAX = 60;
  private static final int RESTORE_MS_MAX = 9_000;

  private final SimWorld world;
  private final RandomGenerator random;
  private final Map<Fault, Double> rates = new EnumMap<>(Fault.class);
  private final Set<String> wrongClocks = new HashSet<>();
  private final Map<String, Image> images = new TreeMap<>();
  private boolean over;

  /** A copy of what a machine held, to set it back to. */
  private record Image(SimDisk disk, SimFiles files, @Nullable CommandMark mark) {}

  FaultScript(SimWorld world, Set<Fault> allowed) {
    this.world = world;
    this.random = world.randomOf("faults");
    for (Fault fault : Fault.values()) {
      boolean active = random.nextDouble() < ACTIVE;
      double rate = random.nextDouble();
      if (active && allowed.contains(fault)) {
        rates.put(fault, rate);
      }
    }
  }

  /** Begins to break things. */
  void begin() {
    for (Fault fault : rates.keySet()) {
      if (perMessage(fault) == 0) {
        plan(fault);
      }
    }
    if (rates.containsKey(Fault.OLD_IMAGE) || rates.containsKey(Fault.HUB_RESTORE)) {
      world.after(random.nextLong(PAUSE_MS_MAX), this::takeImages);
    }
  }

  /** Stops to break things, and mends what needs a person: disks and clocks. */
  void end() {
    over = true;
    world
        .nodes()
        .forEach(
            node -> {
              node.disk.fail(null);
              node.plan.calm();
              node.clock.correct();
              node.wake();
            });
    world.agents().forEach(agent -> agent.around.calm());
  }

  /** Returns whether a fault of a message happens now; counts it if so. */
  boolean roll(Fault fault) {
    Double rate = rates.get(fault);
    boolean happens = !over && rate != null && random.nextDouble() < rate * perMessage(fault);
    if (happens) {
      world.counters().count(fault);
    }
    return happens;
  }

  /** Returns whether the clocks of a device or of the hub were ever wrong. */
  boolean clocksWrong(String device) {
    return wrongClocks.contains(device) || wrongClocks.contains("hub");
  }

  /** Returns how likely a fault is for each message at most; 0 where it is not about messages. */
  private static double perMessage(Fault fault) {
    return switch (fault) {
      case DROP -> 0.25;
      case DELAY -> 0.08;
      case DUPLICATE -> 0.2;
      case REORDER -> 0.5;
      case FALSE_ACK -> 0.12;
      case FORGERY -> 0.06;
      case FALSE_RECORD -> 0.05;
      case LOST_WILL -> 0.8;
      default -> 0;
    };
  }

  private void plan(Fault fault) {
    long pauseMs = PAUSE_MS_MIN + random.nextLong(fault == Fault.ROT ? ROT_MS_MAX : PAUSE_MS_MAX);
    world.after(
        pauseMs,
        () -> {
          if (!over) {
            strike(fault);
            plan(fault);
          }
        });
  }

  /** Half of the time somebody who is at work: then much can go wrong. */
  private SimAgent victim() {
    List<SimAgent> busy =
        world.agents().stream()
            .filter(agent -> world.ledger().isBusy(agent.name) || InstallLedger.isBusy(agent))
            .toList();
    return busy.isEmpty() || random.nextBoolean()
        ? world.anyAgent(random)
        : busy.get(random.nextInt(busy.size()));
  }

  private void strike(Fault fault) {
    SimAgent agent = victim();
    world.trace().line("fault %s, %s", fault.word(), agent.name);
    switch (fault) {
      case PARTITION -> partition();
      case REPLAY -> world.broker().replay(1 + random.nextInt(6));
      case FORGETFUL_BROKER -> world.broker().forget();
      case HUB_CRASH -> world.hub().plan.crashAfter(1 + random.nextInt(CRASH_POINTS_MAX));
      case AGENT_CRASH -> crash(agent);
      case POWER_CUT -> powerCut(agent, false);
      case TORN_WRITE -> (random.nextBoolean() ? world.hub() : agent).plan.crashNext(SimDisk.TORN);
      case DISK_FULL -> fillDisk(random.nextInt(3) == 0 ? world.hub() : agent);
      case CLOCK_JUMP -> jump(random.nextInt(4) == 0 ? world.hub() : agent);
      case CLOCK_1970 -> powerCut(agent, true);
      case WIPE -> wipe(agent);
      case OLD_IMAGE -> setBack(agent);
      case ROT -> rot();
      case HUB_RESTORE -> restoreHub();
      case MASS_RECONNECT -> world.broker().dropConnections();
      case STANDSTILL ->
          (random.nextInt(4) == 0 ? world.hub() : agent).stand(1_000 + random.nextLong(60_000));
      case ON_BATTERY -> {
        unplug(agent);
        world.agents().stream().filter(other -> random.nextBoolean()).forEach(this::unplug);
      }
      default -> throw new IllegalStateException(fault + " is a fault of messages");
    }
    if (fault != Fault.TORN_WRITE && fault != Fault.ROT) {
      world.counters().count(fault);
    }
  }

  /** Where the hub's process may end at all, ends it within its next few steps. */
  void crashHubSoon() {
    if (!over && rates.containsKey(Fault.HUB_CRASH)) {
      world.counters().count(Fault.HUB_CRASH);
      world.hub().plan.crashAfter(1 + random.nextInt(SOON_POINTS_MAX));
    }
  }

  private void crash(SimAgent agent) {
    if (random.nextBoolean()) {
      agent.kill("crash");
    } else {
      agent.plan.crashAfter(1 + random.nextInt(CRASH_POINTS_MAX));
    }
  }

  /** Now and then keeps what the hub holds when it sends a lease, and sets it back to that soon. */
  void leaseSent(String device) {
    if (over || !rates.containsKey(Fault.HUB_RESTORE) || random.nextInt(LEASES_A_RESTORE) > 0) {
      return;
    }
    world.after(random.nextInt(SOON_MS_MAX), this::takeHubImage);
    world.agents().stream()
        .filter(agent -> agent.name.equals(device) && random.nextBoolean())
        .forEach(agent -> world.after(random.nextInt(RESTORE_MS_MAX), () -> agent.kill("crash")));
    world.after(
        SOON_MS_MAX + random.nextInt(RESTORE_MS_MAX),
        () -> {
          if (!over) {
            world.counters().count(Fault.HUB_RESTORE);
            restoreHub();
          }
        });
  }

  private void takeHubImage() {
    SimNode hub = world.hub();
    images.put(hub.name, new Image(hub.disk.copy(CrashPlan.never()), hub.files.copy(), null));
  }

  private void partition() {
    List<String> names = new ArrayList<>();
    for (String name : world.deviceNames()) {
      if (random.nextInt(3) == 0) {
        names.add(name);
      }
    }
    world.broker().partition(names, 5_000 + random.nextLong(90_000));
  }

  private void powerCut(SimAgent agent, boolean in1970) {
    agent.kill("no power");
    agent.clock.boot(in1970);
    if (in1970) {
      wrongClocks.add(agent.name);
      world.after(20_000 + random.nextLong(60_000), agent.clock::correct);
    }
  }

  private void unplug(SimAgent agent) {
    agent.around.mains(false);
    world.after(5_000 + random.nextLong(90_000), () -> agent.around.mains(true));
  }

  private void fillDisk(SimNode node) {
    node.disk.fail(ErrorCode.DISK_FULL);
    world.after(2_000 + random.nextLong(40_000), () -> node.disk.fail(null));
  }

  private void jump(SimNode node) {
    long byMs = random.nextLong(-3 * DAY_MS, 3 * DAY_MS);
    node.clock.jump(random.nextBoolean() ? byMs : byMs / 3000);
    wrongClocks.add(node.name);
  }

  private void wipe(SimAgent agent) {
    agent.kill("its store is lost");
    agent.disk.become(new SimDisk(CrashPlan.never()));
    agent.files.become(new SimFiles(CrashPlan.never()));
    world.ledger().stain(agent.name, "wiped", CommandMark.getDefaultInstance());
    if (random.nextBoolean()) {
      world.operator().enrol(agent);
    }
  }

  /** Damages what some device follows, and has that device start again. */
  private void rot() {
    List<SimAgent> able =
        world.agents().stream().filter(agent -> !InstallLedger.follows(agent).isEmpty()).toList();
    if (!able.isEmpty()) {
      List<SimAgent> busy = able.stream().filter(InstallLedger::isBusy).toList();
      List<SimAgent> of = busy.isEmpty() || random.nextInt(3) == 0 ? able : busy;
      SimAgent agent = of.get(random.nextInt(of.size()));
      SimInstalls.rot(agent, InstallLedger.follows(agent));
      world.counters().count(Fault.ROT);
      agent.kill("a file of its release is damaged");
    }
  }

  private void takeImages() {
    if (over) {
      return;
    }
    for (SimNode node : world.nodes()) {
      if (node == world.hub() || random.nextInt(3) == 0) {
        CommandMark mark = node instanceof SimAgent agent && agent.up() ? agent.mark() : null;
        Image image = new Image(node.disk.copy(CrashPlan.never()), node.files.copy(), mark);
        images.put(node.name, image);
      }
    }
    world.after(PAUSE_MS_MIN + random.nextLong(IMAGE_MS_MAX), this::takeImages);
  }

  private void setBack(SimAgent agent) {
    @Nullable Image image = images.get(agent.name);
    if (image == null) {
      return;
    }
    agent.kill("it is set back to an old image");
    agent.disk.become(image.disk());
    agent.files.become(image.files());
    agent.clock.boot(false);
    world.ledger().stain(agent.name, "set back to an old image", image.mark());
  }

  private void restoreHub() {
    @Nullable Image image = images.get("hub");
    if (image == null) {
      return;
    }
    world.hub().kill("it is restored from a backup");
    world.hub().disk.become(image.disk());
    if (random.nextBoolean()) {
      world.hub().declareRestored();
    }
    world.hubForgot();
  }
}
