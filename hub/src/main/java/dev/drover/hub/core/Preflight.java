package dev.drover.hub.core;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Hashes;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceState;
import dev.drover.v1.Task;
import dev.drover.wire.Vocabulary;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Says why a device cannot run a task, from what it said of itself, before anything is sent. */
final class Preflight {
  /** What a device has of something, before what it must have. */
  private static final Pattern FIGURE = Pattern.compile(" [0-9.]+ GiB < ");

  private Preflight() {}

  /** Returns why the device cannot run the task, or null where nothing known speaks against it. */
  static @Nullable String obstacle(Device device, Task task, Optional<ReleaseManifest> manifest) {
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

  /** Returns an obstacle without the device's own figure, as several devices have it. */
  static String kind(String obstacle) {
    return FIGURE.matcher(obstacle).replaceFirst(" < ");
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
    boolean there = hasModel(device, manifest);
    return diskBytes > freeBytes && !there
        ? "disk free " + gib(freeBytes) + " < " + gib(diskBytes)
        : null;
  }

  static boolean has(Device device, ByteString manifestSha256) {
    return !manifestSha256.isEmpty()
        && device.getInstalled().getManifestSha256().equals(manifestSha256);
  }

  static boolean hasModel(Device device, ReleaseManifest manifest) {
    String resident = Hashes.hex(device.getInstalled().getModelSha256().toByteArray());
    return manifest.model().filter(model -> model.sha256().equals(resident)).isPresent();
  }

  static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / 0x1p30);
  }
}
