package dev.drover.hub.cli;

import dev.drover.crypto.DurableFiles;
import dev.drover.term.Json;
import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.CreateTokenResponse;
import dev.drover.v1.Device;
import dev.drover.v1.GetDeviceRequest;
import dev.drover.v1.GetHubRequest;
import dev.drover.v1.LabelDeviceRequest;
import dev.drover.v1.ListDevicesRequest;
import dev.drover.v1.ListDevicesResponse;
import dev.drover.v1.RevokeDeviceRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover device}. */
@Command(
    name = "device",
    mixinStandardHelpOptions = true,
    description = "Invite, list, label, configure and revoke devices.",
    subcommands = DeviceConfigCommand.class,
    footer = {
      "",
      "Examples:",
      "  drover device token node-a --label site=hall3 --out node-a.token",
      "  drover device ls --select 'site=hall3, memory>=2GiB'",
      "  drover device label node-a site=hall4 --remove trial"
    })
public final class DeviceCommand {
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
    TextTable table = new TextTable("DEVICE", "STATE", "MEMORY FREE", "MODEL", "SEEN", "LABELS");
    for (Device device : devices) {
      table.row(
          device.getDevice(),
          device.getState().name().toLowerCase(Locale.ROOT),
          DeviceView.memory(device.getHealth()),
          DeviceView.model(device),
          Terminal.ago(device.getLastSeenMs(), nowMs),
          DeviceView.labels(device.getLabelsMap()));
    }
    String none = "No devices. Invite one: drover device token NAME --out FILE";
    hub.terminal().list(hub.json(), devices, table, none);
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
      DeviceView.print(
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
      name = "label",
      mixinStandardHelpOptions = true,
      description = "Change labels; those that are not named stay.",
      footer = {"", "Example:", "  drover device label node-a site=hall4 --remove trial"})
  void label(
      @Mixin HubOptions hub,
      @Parameters(index = "0", paramLabel = "DEVICE", description = "Its name.") String name,
      @Parameters(index = "1..*", arity = "0..*", paramLabel = "K=V", description = "Its labels.")
          @Nullable Map<String, String> labels,
      @Option(names = "--remove", paramLabel = "KEY", description = "No longer; repeatable.")
          @Nullable List<String> removed) {
    if (labels == null && removed == null) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "Name labels as KEY=VALUE, or --remove KEY.");
    }
    LabelDeviceRequest request =
        LabelDeviceRequest.newBuilder()
            .setDevice(name)
            .putAllSet(labels == null ? Map.of() : labels)
            .addAllRemove(removed == null ? List.of() : removed)
            .build();
    try (HubConnection connection = hub.connect()) {
      DeviceView.print(hub, connection.calls().labelDevice(request));
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
      DeviceView.print(
          hub,
          connection
              .calls()
              .revokeDevice(RevokeDeviceRequest.newBuilder().setDevice(name).build()));
    }
  }
}
