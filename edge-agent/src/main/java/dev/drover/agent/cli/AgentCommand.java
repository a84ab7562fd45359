package dev.drover.agent.cli;

import dev.drover.agent.config.AgentConfig;
import dev.drover.config.Config;
import dev.drover.config.DataSize;
import dev.drover.config.Places;
import dev.drover.crypto.Hashes;
import dev.drover.term.Json;
import dev.drover.term.Terminal;
import dev.drover.term.Wrapped;
import dev.drover.v1.AgentStatus;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.GetStatusRequest;
import dev.drover.v1.InstalledRelease;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code drover agent}. */
@Command(
    name = "agent",
    mixinStandardHelpOptions = true,
    description = "Run the agent of this machine, or ask it how it is.",
    footer = {
      "",
      "Examples:",
      "  drover agent run --data ~/.drover/agent",
      "  drover agent run --config agent.conf --set answer-budget-bits=128",
      "  drover agent status"
    })
public final class AgentCommand {
  private static final int SHORT_HASH = 12;

  /** Runs an agent until the process is asked to end. */
  @FunctionalInterface
  public interface Runner {
    /** Returns the exit code of the process, after the agent was closed. */
    int run(AgentConfig config, Terminal terminal);
  }

  private final Runner runner;

  /** Makes the command with what runs an agent. */
  public AgentCommand(Runner runner) {
    this.runner = runner;
  }

  @Command(
      name = "run",
      mixinStandardHelpOptions = true,
      description = "Run the agent until it is stopped.",
      footer = {"", "Example:", "  drover agent run --set model.file=/models/small.gguf"})
  int run(
      @Option(names = "--config", paramLabel = "FILE", description = "Lines of key = value.")
          @Nullable Path file,
      @Option(names = "--data", paramLabel = "DIR", description = "Short for --set data-dir=DIR.")
          @Nullable Path data,
      @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Wins over the file.")
          @Nullable Map<String, String> settings) {
    Map<String, String> own = settings == null ? Map.of() : settings;
    return runner.run(config(System.getenv(), file, data, own), Terminal.system());
  }

  /**
   * Returns an agent's configuration from its layers, a later one winning.
   *
   * @throws dev.drover.wire.DroverException as {@link Config#read} and {@link Config#file}
   */
  public static AgentConfig config(
      Map<String, String> environment,
      @Nullable Path file,
      @Nullable Path data,
      Map<String, String> settings) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("data-dir", Places.agentData(environment).toString());
    if (file != null) {
      values.putAll(Config.file(file));
    }
    if (data != null) {
      values.put("data-dir", data.toString());
    }
    values.putAll(settings);
    return Config.read(AgentConfig.class, values);
  }

  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = "Say how the agent is.",
      footer = {"", "Example:", "  drover agent status --json"})
  void status(@Mixin AgentOptions agent) {
    AgentStatus status;
    try (AgentConnection connection = agent.connect()) {
      status = connection.calls().getStatus(GetStatusRequest.getDefaultInstance());
    }
    PrintStream out = agent.terminal().out();
    if (agent.json()) {
      out.println(Json.of(status));
      return;
    }
    out.println("agent     " + status.getVersion() + ", process " + status.getPid());
    out.println("device    " + or(status.getDevice(), "not enrolled"));
    out.println("hub       " + (status.getHubConnected() ? "connected" : "not connected"));
    out.println("release   " + release(status.getInstalled()));
    out.println("model     " + or(status.getModelName(), "none"));
    if (!status.getModelPath().isEmpty()) {
      out.println("          " + status.getModelPath() + ", inode " + status.getModelInode());
    }
    out.println(
        "waiting   "
            + status.getPendingEvents()
            + " events, "
            + status.getPendingAuditRecords()
            + " audit records");
    out.println("budget    " + status.getBudgetLeftMillibits() / 1000 + " bits left today");
    health(out, status.getHealth());
    status
        .getNoticesList()
        .forEach(notice -> out.println("notice    " + Wrapped.text("notice    ".length(), notice)));
  }

  private static void health(PrintStream out, DeviceHealth health) {
    out.println(
        "memory    "
            + size(health.getMemoryAvailableBytes())
            + " available of "
            + size(health.getMemoryTotalBytes()));
    out.println("disk      " + size(health.getDiskFreeBytes()) + " free");
    out.println(
        String.format(
            Locale.ROOT,
            "load      %.2f on %d processors",
            health.getLoadPermille() / 1000.0,
            health.getCpus()));
    if (health.getTemperatureMillicelsius() != 0) {
      out.println(
          String.format(
              Locale.ROOT, "heat      %.1f °C", health.getTemperatureMillicelsius() / 1000.0));
    }
  }

  private static String release(InstalledRelease installed) {
    if (installed.getManifestSha256().isEmpty()) {
      return "none";
    }
    String digest = Hashes.hex(installed.getManifestSha256().toByteArray());
    return digest.substring(0, SHORT_HASH) + ", number " + installed.getReleaseCounter();
  }

  private static String size(long bytes) {
    return new DataSize(bytes).forPerson();
  }

  private static String or(String text, String otherwise) {
    return text.isEmpty() ? otherwise : text;
  }
}
