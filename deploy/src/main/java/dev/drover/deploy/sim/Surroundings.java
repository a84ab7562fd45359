package dev.drover.deploy.sim;

import dev.drover.v1.Conditions;
import dev.drover.v1.NetworkCost;
import dev.drover.v1.PowerSource;
import java.time.ZoneId;
import java.util.random.RandomGenerator;

/**
 * What is around a device, whatever its processes know of it: mains, network, a person who talks to
 * it, its time zone. It changes now and then, until the world is quiet.
 */
final class Surroundings {
  private static final ZoneId[] ZONES = {
    ZoneId.of("UTC"), ZoneId.of("Europe/Berlin"), ZoneId.of("Asia/Kolkata")
  };
  private static final int STEADY_MS_MIN = 15_000;
  private static final int STEADY_MS_MAX = 120_000;

  private final SimWorld world;
  private final RandomGenerator random;
  private final ZoneId zone;
  private final boolean ownerAsked;
  private final boolean changes;
  private final Fact mains = new Fact();
  private final Fact unmetered = new Fact();
  private final Fact alone = new Fact();
  private boolean over;

  /** Something that holds or not, and when that changed. */
  private static final class Fact {
    boolean holds = true;
    long sinceMs;

    /** Returns whether it held at some time in the last milliseconds. */
    boolean held(long nowMs, long withinMs) {
      return holds || nowMs - sinceMs <= withinMs;
    }
  }

  Surroundings(SimWorld world, String device) {
    this.world = world;
    this.random = world.randomOf("surroundings of " + device);
    this.zone = ZONES[random.nextInt(ZONES.length)];
    this.ownerAsked = random.nextInt(8) == 0;
    this.changes = random.nextInt(3) > 0;
  }

  /** Begins to change. */
  void begin() {
    if (changes) {
      changeLater();
    }
  }

  private void changeLater() {
    world.after(
        STEADY_MS_MIN + random.nextInt(STEADY_MS_MAX),
        () -> {
          if (!over) {
            Fact fact = random.nextBoolean() ? unmetered : alone;
            set(fact, !fact.holds);
            changeLater();
          }
        });
  }

  private void set(Fact fact, boolean holds) {
    if (fact.holds != holds) {
      fact.holds = holds;
      fact.sinceMs = world.nowMs();
    }
  }

  /** Plugs the device in, or out. */
  void mains(boolean in) {
    set(mains, in);
  }

  /** Stays good from now on. */
  void calm() {
    over = true;
    set(mains, true);
    set(unmetered, true);
    set(alone, true);
  }

  ZoneId zone() {
    return zone;
  }

  /** Returns whether the owner wants to be asked before each release. */
  boolean ownerAsked() {
    return ownerAsked;
  }

  PowerSource power() {
    return mains.holds ? PowerSource.MAINS : PowerSource.BATTERY;
  }

  NetworkCost network() {
    return unmetered.holds ? NetworkCost.UNMETERED : NetworkCost.METERED;
  }

  boolean talking() {
    return !alone.holds;
  }

  /** Returns whether conditions were met at some time in the last milliseconds, each by itself. */
  boolean met(Conditions conditions, long withinMs) {
    long nowMs = world.nowMs();
    return (!conditions.getMains() || mains.held(nowMs, withinMs))
        && (!conditions.getUnmetered() || unmetered.held(nowMs, withinMs))
        && (!conditions.getIdle() || alone.held(nowMs, withinMs));
  }
}
