package dev.drover.hub.cli;

import com.google.protobuf.ByteString;
import dev.drover.config.DataSize;
import dev.drover.crypto.Hashes;
import dev.drover.term.Json;
import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.v1.ConfigKeyState;
import dev.drover.v1.CpuArch;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceConfig;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.NetworkCost;
import dev.drover.v1.PowerSource;
import dev.drover.v1.RefusedReports;
import dev.drover.v1.RuntimeLimits;
import dev.drover.wire.EgressGuard;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A device in words for a terminal. What it has not told yet is a dash. */
final class DeviceView {
  private static final int SHORT_HASH = 12;
  private static final int LABEL = 18;

  private DeviceView() {}

  static void print(HubOptions hub, Device device) {
    hub.terminal().out().print(hub.json() ? Json.of(device) + "\n" : text(device));
  }

  private static String text(Device device) {
    DeviceHealth health = device.getHealth();
    boolean told = device.hasHealth();
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("device", device.getDevice());
    lines.put("state", state(device));
    lines.put("labels", or(labels(device.getLabelsMap())));
    lines.put("last seen", Terminal.time(device.getLastSeenMs()));
    if (device.getNotUnderstoodError() > 0) {
      lines.put("not understood", notUnderstood(device));
    }
    lines.put("enrolled", Terminal.time(device.getEnrolledMs()));
    lines.put("certificate ends", Terminal.time(device.getCertificateExpiresMs()));
    lines.put("memory free", memory(health));
    lines.put("disk free", size(health.getDiskFreeBytes()));
    lines.put("cpus", told ? Integer.toString(health.getCpus()) : "-");
    lines.put("load", told ? health.getLoadPermille() / 10 + "%" : "-");
    lines.put("power", power(health));
    lines.put("network", network(health));
    lines.put("architecture", architecture(device.getHello().getArch()));
    lines.put("release", or(device.getRelease()));
    lines.put("model", or(device.getResidentModel()));
    lines.put("model sha256", hex(device.getInstalled().getModelSha256()));
    lines.put("runtime limits", limits(device));
    lines.put("crashes", told ? Integer.toString(health.getCrashes()) : "-");
    lines.put("clock skew", device.getLastSeenMs() == 0 ? "-" : device.getClockSkewMs() + " ms");
    lines.put("refused", refused(device.getRefusedReports()));
    StringBuilder text = new StringBuilder();
    lines.forEach((key, value) -> text.append(line(key, value)));
    return text.append(device.hasConfig() ? config(device.getConfig()) : "").toString();
  }

  /** Returns its state, and what would change it where it does nothing for the hub. */
  private static String state(Device device) {
    String then =
        switch (device.getState()) {
          case INVITED -> ", enrols with its token: drover enrol";
          case ENROLLED -> ", has not connected yet";
          case OFFLINE -> ", gets what waits for it when it connects";
          case REVOKED -> ", enrols again with a new token: drover device token";
          case ONLINE, DEVICE_STATE_UNSPECIFIED, UNRECOGNIZED -> "";
        };
    return device.getState().name().toLowerCase(Locale.ROOT) + then;
  }

  private static String refused(RefusedReports reports) {
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put("never granted", reports.getNotGranted());
    counts.put("of another attempt", reports.getOtherAttempt());
    counts.put("out of order", reports.getOutOfOrder());
    counts.put("of the past", reports.getReplayed());
    counts.values().removeIf(count -> count == 0);
    List<String> parts = new ArrayList<>();
    counts.forEach((what, count) -> parts.add(count + " " + what));
    return parts.isEmpty() ? "none" : String.join(", ", parts);
  }

  /** Returns what is desired of a device beside what it made of it. */
  static String config(DeviceConfig config) {
    StringBuilder text = new StringBuilder();
    String desired =
        config.getVersion() == 0
            ? "-"
            : "version "
                + config.getVersion()
                + " by "
                + config.getSetBy()
                + ", "
                + Terminal.time(config.getSetMs());
    text.append(line("config desired", desired));
    String reported =
        config.getReportedVersion() == 0 ? "-" : "version " + config.getReportedVersion();
    text.append(
        line("config reported", reported + (config.getInSync() ? ", as it is desired" : "")));
    if (config.getDesiredCount() > 0) {
      TextTable table = new TextTable("KEY", "DESIRED", "ON THE DEVICE");
      new TreeMap<>(config.getDesiredMap())
          .forEach((key, value) -> table.row(key, value, state(config.getStatesMap().get(key))));
      text.append(table.render());
    }
    return text.toString();
  }

  private static String state(@Nullable ConfigKeyState state) {
    return switch (state == null ? ConfigKeyState.CONFIG_KEY_STATE_UNSPECIFIED : state) {
      case CONFIG_APPLIED -> "applied";
      case CONFIG_PENDING_RESTART -> "from its next start";
      case CONFIG_OVERRIDDEN -> "its owner set another value";
      case CONFIG_REFUSED_KEY -> "refused: not a key for the hub";
      case CONFIG_REFUSED_VALUE -> "refused: not a value of this key";
      case CONFIG_KEY_STATE_UNSPECIFIED, UNRECOGNIZED -> "not told yet";
    };
  }

  private static String line(String key, String value) {
    return String.format(Locale.ROOT, "%-17s %s%n", key, value);
  }

  private static String limits(Device device) {
    if (!device.getHello().hasLimits()) {
      return "-";
    }
    RuntimeLimits limits = device.getHello().getLimits();
    List<String> parts = new ArrayList<>();
    parts.add(limits.getContextTokens() + " tokens");
    parts.add(limits.getThreads() == 0 ? "all cores" : limits.getThreads() + " threads");
    parts.add(
        limits.getMemoryBytes() == 0 ? "all memory" : size(limits.getMemoryBytes()) + " memory");
    return String.join(", ", parts);
  }

  private static String notUnderstood(Device device) {
    return ErrorCode.ofNumber(device.getNotUnderstoodError())
        + " at "
        + Terminal.time(device.getNotUnderstoodMs())
        + System.lineSeparator()
        + " ".repeat(LABEL)
        + EgressGuard.ON_ENTRY;
  }

  private static String power(DeviceHealth health) {
    String battery =
        health.getBatteryPermille() > 0
            ? ", " + health.getBatteryPermille() / 10 + "% charged"
            : "";
    return health.getPower() == PowerSource.POWER_UNKNOWN
        ? "-"
        : health.getPower().name().toLowerCase(Locale.ROOT) + battery;
  }

  private static String network(DeviceHealth health) {
    return health.getNetwork() == NetworkCost.NETWORK_UNKNOWN
        ? "-"
        : health.getNetwork().name().toLowerCase(Locale.ROOT);
  }

  static String memory(DeviceHealth health) {
    return health.getMemoryTotalBytes() == 0 ? "-" : size(health.getMemoryAvailableBytes());
  }

  private static String size(long bytes) {
    return bytes == 0 ? "-" : new DataSize(bytes).forPerson();
  }

  private static String architecture(CpuArch arch) {
    boolean known = arch != CpuArch.CPU_ARCH_UNSPECIFIED && arch != CpuArch.UNRECOGNIZED;
    return known ? arch.name().toLowerCase(Locale.ROOT) : "-";
  }

  private static String or(String text) {
    return text.isEmpty() ? "-" : text;
  }

  static String model(Device device) {
    if (!device.getResidentModel().isEmpty()) {
      return device.getResidentModel();
    }
    String hex = hex(device.getInstalled().getModelSha256());
    return hex.length() > SHORT_HASH ? hex.substring(0, SHORT_HASH) : hex;
  }

  private static String hex(ByteString hash) {
    return hash.isEmpty() ? "-" : Hashes.hex(hash.toByteArray());
  }

  static String labels(Map<String, String> labels) {
    List<String> pairs = new ArrayList<>();
    new TreeMap<>(labels).forEach((key, value) -> pairs.add(key + "=" + value));
    return String.join(",", pairs);
  }
}
