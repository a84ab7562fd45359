package dev.drover.hub.cli;

import dev.drover.term.Json;
import dev.drover.v1.ConfigureDeviceRequest;
import dev.drover.v1.Device;
import dev.drover.v1.GetDeviceRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover device config}. */
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    description = "Say how a device should be configured, and see what it made of it.",
    footer = {
      "",
      "A device takes a few keys from its hub; which ones, docs/configuration.md says.",
      "They count below what its owner set; a device says which of them count only from",
      "its next start.",
      "",
      "Examples:",
      "  drover device config set node-a runtime.threads=2 heartbeat=1m",
      "  drover device config show node-a"
    })
final class DeviceConfigCommand {
  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description = "Change what is desired; keys that are not named stay.",
      footer = {"", "Example:", "  drover device config set node-a runtime.threads=2 heartbeat=1m"})
  void set(
      @Mixin HubOptions hub,
      @Parameters(index = "0", paramLabel = "DEVICE", description = "Its name.") String name,
      @Parameters(
              index = "1..*",
              arity = "0..*",
              paramLabel = "K=V",
              description = "What is desired.")
          @Nullable Map<String, String> values,
      @Option(names = "--unset", paramLabel = "KEY", description = "No longer; repeatable.")
          @Nullable List<String> unset,
      @Option(
              names = "--expect",
              paramLabel = "VERSION",
              description = "Only if this version is the present one.",
              defaultValue = "0")
          long expected) {
    if (values == null && unset == null) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "Name what is desired as KEY=VALUE, or --unset KEY.");
    }
    ConfigureDeviceRequest request =
        ConfigureDeviceRequest.newBuilder()
            .setDevice(name)
            .putAllSet(values == null ? Map.of() : values)
            .addAllUnset(unset == null ? List.of() : unset)
            .setExpectedVersion(expected)
            .build();
    try (HubConnection connection = hub.connect()) {
      print(hub, connection.calls().configureDevice(request));
    }
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Show what is desired, and what the device said of it.",
      footer = {"", "Example:", "  drover device config show node-a"})
  void show(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "DEVICE", description = "Its name.") String name) {
    try (HubConnection connection = hub.connect()) {
      print(
          hub, connection.calls().getDevice(GetDeviceRequest.newBuilder().setDevice(name).build()));
    }
  }

  private static void print(HubOptions hub, Device device) {
    hub.terminal()
        .out()
        .print(
            hub.json()
                ? Json.of(device.getConfig()) + "\n"
                : DeviceView.config(device.getConfig()));
  }
}
