package dev.drover.hub.cli;

import dev.drover.config.Config;
import dev.drover.config.Places;
import dev.drover.hub.config.HubConfig;
import dev.drover.hub.enrol.HubKeys;
import dev.drover.hub.link.MosquittoFiles;
import dev.drover.term.Json;
import dev.drover.term.Terminal;
import dev.drover.v1.GetHubRequest;
import dev.drover.v1.HubInfo;
import dev.drover.wire.HostPort;
import java.io.PrintStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code drover hub}. */
@Command(
    name = "hub",
    mixinStandardHelpOptions = true,
    description = "Run a hub, or ask one how it is.",
    footer = {
      "",
      "Examples:",
      "  drover hub run --data ~/.drover/hub",
      "  drover hub run --config hub.conf --set api.bind=::",
      "  drover hub broker-config --set broker.external=mqtt.lan:8883 --out mosquitto",
      "  drover hub status"
    })
public final class HubCommand {
  /** Runs a hub until the process is asked to end. */
  @FunctionalInterface
  public interface Runner {
    /** Returns the exit code of the process, after the hub was closed. */
    int run(HubConfig config, Terminal terminal);
  }

  private final Runner runner;
  private final InstantSource clock;
  private final SecureRandom random;

  /**
   * Makes the command.
   *
   * @param runner runs a hub
   */
  public HubCommand(Runner runner, InstantSource clock, SecureRandom random) {
    this.runner = runner;
    this.clock = clock;
    this.random = random;
  }

  /** Where the configuration of a hub comes from. */
  static final class Settings {
    @Option(names = "--config", paramLabel = "FILE", description = "Lines of key = value.")
    private @Nullable Path file;

    @Option(names = "--data", paramLabel = "DIR", description = "Short for --set data-dir=DIR.")
    private @Nullable Path data;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Wins over the file.")
    private @Nullable Map<String, String> settings;

    HubConfig read() {
      return config(System.getenv(), file, data, settings == null ? Map.of() : settings);
    }
  }

  /**
   * Returns a hub's configuration from its layers, a later one winning.
   *
   * @throws dev.drover.wire.DroverException as {@link Config#read} and {@link Config#file}
   */
  public static HubConfig config(
      Map<String, String> environment,
      @Nullable Path file,
      @Nullable Path data,
      Map<String, String> settings) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("data-dir", Places.hubData(environment).toString());
    if (file != null) {
      values.putAll(Config.file(file));
    }
    if (data != null) {
      values.put("data-dir", data.toString());
    }
    values.putAll(settings);
    return Config.read(HubConfig.class, values);
  }

  @Command(
      name = "run",
      mixinStandardHelpOptions = true,
      description = "Run a hub with its embedded broker until it is stopped.",
      footer = {
        "",
        "Examples:",
        "  drover hub run --data ~/.drover/hub",
        "  drover hub run --config hub.conf --set api.bind=::"
      })
  int run(@Mixin Settings settings) {
    return runner.run(settings.read(), Terminal.system());
  }

  @Command(
      name = "broker-config",
      mixinStandardHelpOptions = true,
      description = {
        "Write what a Mosquitto needs to serve this hub, with a certificate by the hub's CA.",
        "It listens on broker.bind; port and names come from broker.external. Run it where the"
            + " hub's data lies; the hub may run meanwhile."
      },
      footer = {
        "",
        "Example:",
        "  drover hub broker-config --set broker.external=mqtt.lan:8883 --out mosquitto"
      })
  void brokerConfig(
      @Mixin Settings settings,
      @Option(names = "--out", paramLabel = "DIR", required = true, description = "Where to.")
          Path out) {
    HubConfig config = settings.read();
    List<HostPort> brokers = config.brokerExternal().stream().map(HostPort::parse).toList();
    HubKeys keys = HubKeys.open(config.dataDir().resolve("keys"), config, random, clock.instant());
    MosquittoFiles files = new MosquittoFiles(out, config.tenant(), keys.authority());
    int port = brokers.isEmpty() ? config.brokerPort() : brokers.get(0).port();
    List<String> names =
        brokers.isEmpty() ? config.addresses() : brokers.stream().map(HostPort::host).toList();
    files.create(config.brokerBind(), port, names, random, clock.instant());
    PrintStream print = Terminal.system().out();
    print.println("Wrote " + files.config() + " and the files that it names.");
    print.println("  mosquitto -c " + files.config());
    print.println("  drover hub run with");
    print.println(
        "    broker.external = "
            + (brokers.isEmpty()
                ? names.get(0) + ":" + port
                : String.join(", ", config.brokerExternal())));
    print.println("    broker.files = " + files.config().getParent());
  }

  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = "Say how the hub is.",
      footer = {"", "Example:", "  drover hub status --json"})
  void status(@Mixin HubOptions hub) {
    try (HubConnection connection = hub.connect()) {
      HubInfo info = connection.calls().getHub(GetHubRequest.getDefaultInstance());
      PrintStream out = hub.terminal().out();
      if (hub.json()) {
        out.println(Json.of(info));
        return;
      }
      out.println("hub       " + hub.address() + ", version " + info.getVersion());
      out.println("tenant    " + info.getTenant() + ", epoch " + info.getHubEpoch());
      out.println("devices   " + info.getDevicesOnline() + " of " + info.getDevices() + " online");
      out.println("brokers   " + String.join(", ", info.getBrokersList()));
      out.println("log       " + info.getLogOrigin());
      out.println("log key   " + info.getLogKey());
      out.println("time      " + Terminal.time(info.getTimeMs()));
    }
  }
}
