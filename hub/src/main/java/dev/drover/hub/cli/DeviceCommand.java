package dev.drover.hub.cli;

import com.google.protobuf.ByteString;
import dev.drover.config.DataSize;
import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.Hashes;
import dev.drover.term.Json;
import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.v1.CpuArch;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.CreateTokenResponse;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.GetDeviceRequest;
import dev.drover.v1.GetHubRequest;
import dev.drover.v1.ListDevicesRequest;
import dev.drover.v1.ListDevicesResponse;
import dev.drover.v1.RevokeDeviceRequest;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover device}. */
@Command(
    name = "device",
    mixinStandardHelpOptions = true,
    description = "Invite, list and revoke devices.",
    footer = {
      "",
      "Examples:",
      "  drover device token node-a --label site=hall3 --out node-a.token",
      "  drover device ls --select 'site=hall3, memory>=2GiB'"
    })
public final class DeviceCommand {
  private static final int SHORT_HASH = 12;

  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "List devices.",
      footer = {"", "Example:", "  drover device ls --select 'site=hall3, memory>=2GiB'"})
  void list(
      @Mixin HubOptions hub,
      @Option(
              names = {"--select", "--selector"},
              paramLabel = "SELECTOR",
              description = "Only those that match.",
              defaultValue = "")
          String selector) {
    List<Device> devices = new ArrayList<>();
    long nowMs;
    try (HubConnection connection = hub.connect()) {
      nowMs = connection.calls().getHub(GetHubRequest.getDefaultInstance()).getTimeMs();
      String page = "";
      do {
        ListDevicesResponse answer =
            connection
                .calls()
                .listDevices(
                    ListDevicesRequest.newBuilder()
                        .setSelector(selector)
                        .setPageToken(page)
                        .build());
        devices.addAll(answer.getDevicesList());
        page = answer.getNextPageToken();
      } while (!page.isEmpty());
    }
    PrintStream out = hub.terminal().out();
    if (hub.json()) {
      out.println(Json.of(devices));
      return;
    }
    TextTable table = new TextTable("DEVICE", "STATE", "MEMORY FREE", "MODEL", "SEEN", "LABELS");
    for (Device device : devices) {
      table.row(
          device.getDevice(),
          device.getState().name().toLowerCase(Locale.ROOT),
          memory(device.getHealth()),
          model(device),
          Terminal.ago(device.getLastSeenMs(), nowMs),
          labels(device.getLabelsMap()));
    }
    out.print(
        table.isEmpty()
            ? "No devices. Invite one: drover device token NAME --out FILE\n"
            : table.render());
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Show one device.",
      footer = {"", "Example:", "  drover device show node-a"})
  void show(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "DEVICE", description = "Its name.") String name) {
    try (HubConnection connection = hub.connect()) {
      print(
          hub, connection.calls().getDevice(GetDeviceRequest.newBuilder().setDevice(name).build()));
    }
  }

  @Command(
      name = "token",
      mixinStandardHelpOptions = true,
      description = "Invite a device: make a token that enrols it once.",
      footer = {
        "",
        "Example:",
        "  drover device token node-a --label site=hall3 --out node-a.token"
      })
  void token(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "DEVICE", description = "Its name.") String name,
      @Option(names = "--label", paramLabel = "K=V", description = "A label; may be repeated.")
          @Nullable Map<String, String> labels,
      @Option(
              names = "--ttl",
              paramLabel = "SECONDS",
              description = "How long it is valid; 3600 by default.",
              defaultValue = "3600")
          int ttlSeconds,
      @Option(
              names = "--out",
              paramLabel = "FILE",
              description = "Write it there, mode 0600, instead of to standard output.")
          @Nullable Path file) {
    CreateTokenRequest request =
        CreateTokenRequest.newBuilder()
            .setDevice(name)
            .putAllLabels(labels == null ? Map.of() : labels)
            .setTtlSeconds(ttlSeconds)
            .build();
    try (HubConnection connection = hub.connect()) {
      CreateTokenResponse answer = connection.calls().createToken(request);
      if (file == null) {
        hub.terminal().out().println(hub.json() ? Json.of(answer) : answer.getToken());
        return;
      }
      byte[] text = (answer.getToken() + "\n").getBytes(StandardCharsets.US_ASCII);
      DurableFiles.replace(file, text, DurableFiles.OWNER_ONLY);
      if (hub.json()) {
        hub.terminal().out().println(Json.of(answer.toBuilder().clearToken().build()));
        return;
      }
      hub.terminal()
          .out()
          .println(
              "Token for "
                  + name
                  + " in "
                  + file
                  + ", valid until "
                  + Terminal.time(answer.getExpiresMs())
                  + ".\nOn the device: drover enrol --token-file "
                  + file.getFileName());
    }
  }

  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description = "Take a device's certificates back; cuts it off at once.",
      footer = {"", "Example:", "  drover device revoke node-a"})
  void revoke(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "DEVICE", description = "Its name.") String name) {
    try (HubConnection connection = hub.connect()) {
      print(
          hub,
          connection
              .calls()
              .revokeDevice(RevokeDeviceRequest.newBuilder().setDevice(name).build()));
    }
  }

  private static void print(HubOptions hub, Device device) {
    PrintStream out = hub.terminal().out();
    if (hub.json()) {
      out.println(Json.of(device));
      return;
    }
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("device", device.getDevice());
    lines.put("state", device.getState().name().toLowerCase(Locale.ROOT));
    lines.put("labels", or(labels(device.getLabelsMap())));
    lines.put("last seen", Terminal.time(device.getLastSeenMs()));
    lines.put("enrolled", Terminal.time(device.getEnrolledMs()));
    lines.put("certificate ends", Terminal.time(device.getCertificateExpiresMs()));
    lines.put("memory free", memory(device.getHealth()));
    lines.put("disk free", size(device.getHealth().getDiskFreeBytes()));
    lines.put("cpus", device.hasHealth() ? Integer.toString(device.getHealth().getCpus()) : "-");
    lines.put("architecture", architecture(device.getHello().getArch()));
    lines.put("release", or(device.getRelease()));
    lines.put("model sha256", hex(device.getInstalled().getModelSha256()));
    lines.put("clock skew", device.getLastSeenMs() == 0 ? "-" : device.getClockSkewMs() + " ms");
    lines.forEach((key, value) -> out.printf(Locale.ROOT, "%-17s %s%n", key, value));
  }

  private static String memory(DeviceHealth health) {
    return health.getMemoryTotalBytes() == 0 ? "-" : size(health.getMemoryAvailableBytes());
  }

  private static String size(long bytes) {
    return bytes == 0 ? "-" : new DataSize(bytes).forPerson();
  }

  private static String architecture(CpuArch arch) {
    boolean known = arch != CpuArch.CPU_ARCH_UNSPECIFIED && arch != CpuArch.UNRECOGNIZED;
    return known ? arch.name().toLowerCase(Locale.ROOT) : "-";
  }

  /** What a device has not told yet is a dash. */
  private static String or(String text) {
    return text.isEmpty() ? "-" : text;
  }

  private static String model(Device device) {
    if (!device.getResidentModel().isEmpty()) {
      return device.getResidentModel();
    }
    String hex = hex(device.getInstalled().getModelSha256());
    return hex.length() > SHORT_HASH ? hex.substring(0, SHORT_HASH) : hex;
  }

  private static String hex(ByteString hash) {
    return hash.isEmpty() ? "-" : Hashes.hex(hash.toByteArray());
  }

  private static String labels(Map<String, String> labels) {
    List<String> pairs = new ArrayList<>();
    new TreeMap<>(labels).forEach((key, value) -> pairs.add(key + "=" + value));
    return String.join(",", pairs);
  }
}
