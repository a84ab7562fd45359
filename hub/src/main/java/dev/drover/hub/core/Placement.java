package dev.drover.hub.core;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Hashes;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceState;
import dev.drover.v1.PlacementChoice;
import dev.drover.v1.PlacementPlan;
import dev.drover.v1.Task;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Vocabulary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides which devices run a task, and says why in words.
 *
 * <p>A device that cannot run the task is left out with a reason. The rest are ranked: those that
 * are online first, then those that have the release or the model at hand, then by free memory less
 * what waits there already. Equal scores go by the device's name, so that the same fleet gives the
 * same plan. What a device has not said is never counted in its favour. Pure.
 */
public final class Placement {
  /** Most devices named in {@link PlacementPlan#getOthersList()}. */
  public static final int OTHERS_MAX = 100;

  private static final long ONLINE_SCORE = 1_000_000;
  private static final long RELEASE_SCORE = 200_000;
  private static final long MODEL_SCORE = 100_000;
  private static final long MEMORY_SCORE_MAX = 65_536;
  private static final long MEMORY_SHORT_SCORE = -50_000;
  private static final long BUSY_SCORE = -2_000;
  private static final long BUSY_MAX = 40;
  private static final long LOAD_PERMILLE_MAX = 4_000;
  private static final long MIB = 1L << 20;
  private static final Comparator<PlacementChoice> BEST_FIRST =
      Comparator.comparingLong(PlacementChoice::getScore)
          .reversed()
          .thenComparing(PlacementChoice::getDevice);

  private Placement() {}

  /**
   * Ranks devices for a task.
   *
   * @param matched the devices that the job's selector matches
   * @param manifest the release that the task names, if it names one
   * @param any how many devices are wanted; 0 means all that can run it
   * @return the chosen devices, best first, and the others with the reason why not; there may be
   *     none chosen, see {@link #requireSomebody}
   */
  public static PlacementPlan plan(
      List<Device> matched, Task task, Optional<ReleaseManifest> manifest, int any) {
    List<PlacementChoice> able = new ArrayList<>();
    List<PlacementChoice> unable = new ArrayList<>();
    for (Device device : matched) {
      String obstacle = obstacle(device, task, manifest);
      if (obstacle == null) {
        able.add(score(device, task, manifest));
      } else {
        unable.add(choice(device, 0, List.of(obstacle)));
      }
    }
    able.sort(BEST_FIRST);
    unable.sort(BEST_FIRST);
    int wanted = any == 0 ? able.size() : Math.min(any, able.size());
    PlacementPlan.Builder plan = PlacementPlan.newBuilder().setMatched(matched.size());
    plan.addAllChoices(able.subList(0, wanted));
    for (PlacementChoice spare : able.subList(wanted, able.size())) {
      addOther(plan, spare.toBuilder().addReasons("others are better suited").build());
    }
    unable.forEach(other -> addOther(plan, other));
    return plan.build();
  }

  /**
   * Returns the plan if it chose somebody.
   *
   * @throws DroverException {@link ErrorCode#NO_DEVICE_MATCHES} with the first reason otherwise
   */
  public static PlacementPlan requireSomebody(PlacementPlan plan) {
    if (plan.getChoicesCount() > 0) {
      return plan;
    }
    if (plan.getOthersCount() == 0) {
      throw new DroverException(ErrorCode.NO_DEVICE_MATCHES, "No device matches the selector.");
    }
    PlacementChoice first = plan.getOthers(0);
    throw new DroverException(
            ErrorCode.NO_DEVICE_MATCHES,
            String.format(
                Locale.ROOT,
                "The selector matches %d, but none can run it; %s: %s.",
                plan.getMatched(),
                first.getDevice(),
                first.getReasons(0)))
        .withNextStep("See every device and its reason with --dry-run, and mend one.");
  }

  private static void addOther(PlacementPlan.Builder plan, PlacementChoice other) {
    if (plan.getOthersCount() < OTHERS_MAX) {
      plan.addOthers(other);
    }
  }

  /** Returns why the device cannot run the task, or null where nothing known speaks against it. */
  private static @Nullable String obstacle(
      Device device, Task task, Optional<ReleaseManifest> manifest) {
    if (device.getState() == DeviceState.REVOKED) {
      return "revoked";
    }
    if (device.getState() == DeviceState.INVITED) {
      return "not enrolled yet";
    }
    if (!device.hasHello()) {
      return "has not connected yet";
    }
    return switch (task.getKindCase()) {
      case ASK ->
          has(device, task.getAsk().getManifestSha256()) ? null : "the release is not installed";
      case TOOL -> toolObstacle(device, task.getTool().getTool());
      case INSTALL -> manifest.map(m -> installObstacle(device, m)).orElse(null);
      case REVERT, KIND_NOT_SET -> "the job has no task";
    };
  }

  private static @Nullable String toolObstacle(Device device, String tool) {
    if (!device.getHello().getToolsList().contains(Vocabulary.toolNumber(tool))) {
      return "does not let the hub call " + tool;
    }
    boolean needsModel = tool.equals("notes.ask");
    return needsModel && device.getInstalled().getModelSha256().isEmpty()
        ? "no model resident"
        : null;
  }

  private static @Nullable String installObstacle(Device device, ReleaseManifest manifest) {
    long memoryBytes = manifest.requirements().memoryBytes();
    long totalBytes = device.getHealth().getMemoryTotalBytes();
    if (memoryBytes > totalBytes) {
      return "memory " + gib(totalBytes) + " < " + gib(memoryBytes);
    }
    long diskBytes = manifest.requirements().diskBytes();
    long freeBytes = device.getHealth().getDiskFreeBytes();
    boolean there = has(device, manifest);
    return diskBytes > freeBytes && !there
        ? "disk free " + gib(freeBytes) + " < " + gib(diskBytes)
        : null;
  }

  private static PlacementChoice score(
      Device device, Task task, Optional<ReleaseManifest> manifest) {
    List<String> reasons = new ArrayList<>();
    long score = 0;
    if (device.getState() == DeviceState.ONLINE) {
      score += ONLINE_SCORE;
      reasons.add("online");
    } else {
      reasons.add("offline, will run it when it comes back");
    }
    score += scoreRelease(device, task, manifest, reasons);
    score += scoreMemory(device, task, manifest, reasons);
    int busy = device.getHealth().getBusy();
    if (busy > 0) {
      score += BUSY_SCORE * Math.min(busy, BUSY_MAX);
      reasons.add(busy + (busy == 1 ? " job queued" : " jobs queued"));
    }
    score -= Math.min(device.getHealth().getLoadPermille(), LOAD_PERMILLE_MAX);
    return choice(device, score, reasons);
  }

  private static long scoreRelease(
      Device device, Task task, Optional<ReleaseManifest> manifest, List<String> reasons) {
    long score = 0;
    if (task.hasInstall() && manifest.filter(m -> has(device, m)).isPresent()) {
      score += RELEASE_SCORE;
      reasons.add("model already there");
    } else if (task.hasAsk()) {
      score += RELEASE_SCORE;
      reasons.add("release installed");
    }
    if (!task.hasInstall() && !device.getInstalled().getModelSha256().isEmpty()) {
      score += MODEL_SCORE;
      reasons.add("model resident");
    }
    return score;
  }

  private static long scoreMemory(
      Device device, Task task, Optional<ReleaseManifest> manifest, List<String> reasons) {
    if (!device.hasHealth()) {
      reasons.add("memory unknown");
      return 0;
    }
    long availableBytes = device.getHealth().getMemoryAvailableBytes();
    long neededBytes =
        task.hasInstall() ? manifest.map(m -> m.requirements().memoryBytes()).orElse(0L) : 0;
    boolean enough = availableBytes >= neededBytes;
    String compared = neededBytes == 0 ? "" : (enough ? " ≥ " : " < ") + gib(neededBytes);
    reasons.add("memory available " + gib(availableBytes) + compared);
    long spare = Math.min(MEMORY_SCORE_MAX, Math.max(0, availableBytes - neededBytes) / MIB);
    return enough ? spare : MEMORY_SHORT_SCORE;
  }

  private static boolean has(Device device, ByteString manifestSha256) {
    return !manifestSha256.isEmpty()
        && device.getInstalled().getManifestSha256().equals(manifestSha256);
  }

  private static boolean has(Device device, ReleaseManifest manifest) {
    String resident = Hashes.hex(device.getInstalled().getModelSha256().toByteArray());
    return manifest.model().filter(model -> model.sha256().equals(resident)).isPresent();
  }

  private static PlacementChoice choice(Device device, long score, List<String> reasons) {
    return PlacementChoice.newBuilder()
        .setDevice(device.getDevice())
        .setScore(score)
        .addAllReasons(reasons)
        .build();
  }

  private static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / 0x1p30);
  }
}
