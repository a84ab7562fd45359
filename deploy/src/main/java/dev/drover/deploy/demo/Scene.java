package dev.drover.deploy.demo;

import com.google.protobuf.ByteString;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.FleetProcesses;
import dev.drover.deploy.fleet.Jobs;
import dev.drover.hub.publish.Publisher;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceState;
import dev.drover.v1.Release;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What the acts of the demo share: where everything is, and what has been made so far. */
final class Scene {
  static final List<String> DEVICES = List.of("press-1", "press-2", "mill-1");
  static final String HUB = "hub";
  static final Duration ONLINE = Duration.ofMinutes(1);
  static final Duration INSTALL = Duration.ofMinutes(4);

  final DemoOptions options;
  final Path root;
  final Checks checks;
  final FleetProcesses processes;
  final Notes notes;
  final Publisher publisher;
  final char[] passphrase;
  final Clock clock;
  final LongSupplier nanoTime;
  final int apiPort;
  final int brokerPort;
  final Path smallModel;
  final Path largeModel;

  /** What the latest answer of each device commits to: bytes that the device alone could send. */
  final Map<String, ByteString> answered = new LinkedHashMap<>();

  @Nullable Jobs jobs;
  @Nullable Release small;
  @Nullable Release large;

  Scene(
      DemoOptions options,
      Path root,
      Checks checks,
      FleetProcesses processes,
      DemoSetup.Made made,
      Clock clock,
      LongSupplier nanoTime) {
    this.options = options;
    this.root = root;
    this.checks = checks;
    this.processes = processes;
    this.notes = new Notes(options.seed(), DEVICES);
    this.publisher = new Publisher(root.resolve("publisher"));
    this.passphrase = made.passphrase();
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.apiPort = made.apiPort();
    this.brokerPort = made.brokerPort();
    this.smallModel = made.smallModel();
    this.largeModel = made.largeModel();
  }

  Jobs jobs() {
    if (jobs == null) {
      throw new CheckFailed("The hub is not there.");
    }
    return jobs;
  }

  Release small() {
    if (small == null) {
      throw new CheckFailed("The first release was not published.");
    }
    return small;
  }

  Release large() {
    if (large == null) {
      throw new CheckFailed("The second release was not published.");
    }
    return large;
  }

  /** Returns the labels with which a device is invited. */
  static Map<String, String> labels(String device) {
    return Map.of("site", "hall3", "role", device.substring(0, device.indexOf('-')));
  }

  Path notesOf(String device) {
    return processes.directory(device).resolve("notes");
  }

  /** Starts the hub; it records what its broker carries. */
  void startHub() throws IOException {
    processes.start(
        HUB,
        List.of(
            "hub",
            "run",
            "--data",
            processes.directory(HUB).toString(),
            "--set",
            "api.port=" + apiPort,
            "--set",
            "broker.port=" + brokerPort,
            "--set",
            "broker.record=" + Tap.recording(root)));
  }

  /** Waits until the hub answers again and knows all devices. */
  void awaitHub() {
    var unused =
        jobs()
            .await(
                "the hub to be back",
                ONLINE,
                () -> {
                  processes.requireAlive(HUB);
                  return jobs().devices();
                },
                devices -> devices.size() == DEVICES.size());
  }

  void startAgent(String device, String... settings) throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("agent", "run", "--data", processes.directory(device).toString()));
    arguments.addAll(List.of("--set", "answer-budget-bits=512", "--set", "heartbeat=2s"));
    // More threads than processors wait for each other at each token.
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / DEVICES.size());
    arguments.addAll(List.of("--set", "runtime.threads=" + threads));
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    processes.start(device, arguments);
  }

  /** Waits until every device is online and runs this release. */
  void awaitRelease(Release release) {
    for (String device : DEVICES) {
      var unused =
          jobs()
              .await(
                  device + " to run " + release.getRelease(),
                  INSTALL,
                  () -> jobs().device(device),
                  seen -> runs(seen, release));
    }
  }

  static boolean runs(Device device, Release release) {
    return device.getState() == DeviceState.ONLINE
        && device.getInstalled().getManifestSha256().equals(release.getManifestSha256())
        && device.getInstalled().getModelSha256().equals(release.getModelSha256());
  }
}
