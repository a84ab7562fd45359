package dev.drover.hub.cli;

import dev.drover.config.Config;
import dev.drover.hub.config.HubConfig;
import dev.drover.term.Json;
import dev.drover.term.Terminal;
import dev.drover.v1.GetHubRequest;
import dev.drover.v1.HubInfo;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
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

  /** Makes the command with what runs a hub. */
  public HubCommand(Runner runner) {
    this.runner = runner;
  }

  @Command(
      name = "run",
      mixinStandardHelpOptions = true,
      description = "Run a hub with its embedded broker until it is stopped.")
  int run(
      @Option(names = "--config", paramLabel = "FILE", description = "Lines of key = value.")
          @Nullable Path file,
      @Option(names = "--data", paramLabel = "DIR", description = "Short for --set data-dir=DIR.")
          @Nullable Path data,
      @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Wins over the file.")
          @Nullable Map<String, String> settings) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("data-dir", Path.of(System.getProperty("user.home"), ".drover", "hub").toString());
    if (file != null) {
      values.putAll(Config.file(file));
    }
    if (data != null) {
      values.put("data-dir", data.toString());
    }
    values.putAll(settings == null ? Map.of() : settings);
    return runner.run(Config.read(HubConfig.class, values), Terminal.system());
  }

  @Command(name = "status", mixinStandardHelpOptions = true, description = "Say how the hub is.")
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
