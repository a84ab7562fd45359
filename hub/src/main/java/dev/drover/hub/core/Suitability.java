package dev.drover.hub.core;

import dev.drover.release.ReleaseManifest;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.DeviceState;
import dev.drover.v1.JobSpec;
import dev.drover.v1.NetworkCost;
import dev.drover.v1.PlacementChoice;
import dev.drover.v1.PowerSource;
import java.util.Locale;
import java.util.Optional;

/**
 * How well one device suits a job, as a sum whose every part is a reason in words. What a device
 * has not said is never counted in its favour. Used once, by one thread.
 */
final class Suitability {
  private static final int ONLINE = 1_000_000;
  private static final int RELEASE = 200_000;
  private static final int MODEL = 100_000;
  private static final long MEMORY_MOST = 65_536;
  private static final int MEMORY_SHORT = -50_000;
  private static final int BUSY = -2_000;
  private static final int BUSY_MOST = 40;
  private static final int LOAD_PERMILLE_MOST = 4_000;
  private static final int MAINS = 10_000;
  private static final int BATTERY_PERCENT = 50;
  private static final int UNMETERED = 10_000;
  private static final int FAILURE = -15_000;
  private static final int FAILURES_MOST = -150_000;
  private static final int CRASH = -1_000;
  private static final int CRASHES_MOST = 20;
  private static final long MIB = 1L << 20;

  private final PlacementChoice.Builder choice;

  private Suitability(Device device) {
    this.choice = PlacementChoice.newBuilder().setDevice(device.getDevice());
  }

  static PlacementChoice of(
      Device device, JobSpec spec, Optional<ReleaseManifest> manifest, long nowMs) {
    Suitability made = new Suitability(device);
    if (device.getState() == DeviceState.ONLINE) {
      made.add("online", ONLINE);
    } else {
      made.add("offline, will run it when it comes back", 0);
    }
    made.release(device, spec, manifest);
    made.memory(device, spec, manifest);
    made.work(device.getHealth());
    made.power(device.getHealth(), spec);
    made.network(device.getHealth(), spec);
    made.history(device, nowMs);
    return made.choice.build();
  }

  private void add(String reason, long weight) {
    choice.addReasons(reason).addWeights((int) weight).setScore(choice.getScore() + weight);
  }

  private void release(Device device, JobSpec spec, Optional<ReleaseManifest> manifest) {
    boolean install = spec.getTask().hasInstall();
    if (install && manifest.filter(m -> Preflight.hasModel(device, m)).isPresent()) {
      add("model already there", RELEASE);
    } else if (spec.getTask().hasAsk()) {
      add("release installed", RELEASE);
    }
    if (!install && !device.getInstalled().getModelSha256().isEmpty()) {
      add("model resident", MODEL);
    }
  }

  private void memory(Device device, JobSpec spec, Optional<ReleaseManifest> manifest) {
    if (!device.hasHealth()) {
      add("memory unknown", 0);
      return;
    }
    long availableBytes = device.getHealth().getMemoryAvailableBytes();
    long neededBytes =
        spec.getTask().hasInstall()
            ? manifest.map(m -> m.requirements().memoryBytes()).orElse(0L)
            : 0;
    boolean enough = availableBytes >= neededBytes;
    String compared = neededBytes == 0 ? "" : (enough ? " ≥ " : " < ") + Preflight.gib(neededBytes);
    long spare = Math.min(MEMORY_MOST, Math.max(0, availableBytes - neededBytes) / MIB);
    add(
        "memory available " + Preflight.gib(availableBytes) + compared,
        enough ? spare : MEMORY_SHORT);
  }

  private void work(DeviceHealth health) {
    int busy = health.getBusy();
    if (busy > 0) {
      add(
          busy + (busy == 1 ? " job queued" : " jobs queued"),
          (long) BUSY * Math.min(busy, BUSY_MOST));
    }
    int load = health.getLoadPermille();
    if (load > 0) {
      add("load " + load / 10 + "%", -Math.min(load, LOAD_PERMILLE_MOST));
    }
  }

  private void power(DeviceHealth health, JobSpec spec) {
    int percent = health.getBatteryPermille() / 10;
    if (health.getPower() == PowerSource.MAINS) {
      add("on mains", MAINS);
    } else if (health.getPower() == PowerSource.BATTERY) {
      boolean waits = spec.getConditions().getMains();
      add(
          "on battery, " + percent + "%" + (waits ? ", starts when on mains" : ""),
          (long) percent * BATTERY_PERCENT);
    }
  }

  private void network(DeviceHealth health, JobSpec spec) {
    if (health.getNetwork() == NetworkCost.UNMETERED) {
      add("unmetered network", UNMETERED);
    } else if (health.getNetwork() == NetworkCost.METERED) {
      boolean waits = spec.getConditions().getUnmetered();
      add("metered network" + (waits ? ", starts when unmetered" : ""), 0);
    }
  }

  private void history(Device device, long nowMs) {
    int failures = RecentFailures.now(device, nowMs);
    if (failures > 0) {
      add(
          String.format(Locale.ROOT, "failed lately: %.1f", failures / 1000.0),
          Math.max(FAILURES_MOST, (long) FAILURE * failures / RecentFailures.ONE));
    }
    int crashes = device.getHealth().getCrashes();
    if (crashes > 0) {
      add(
          crashes + (crashes == 1 ? " crash" : " crashes") + " of this release",
          (long) CRASH * Math.min(crashes, CRASHES_MOST));
    }
  }
}
