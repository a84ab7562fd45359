package dev.drover.agent.cli;

import dev.drover.agent.config.AgentPlaces;
import dev.drover.agent.config.OwnSettings;
import dev.drover.agent.llm.NativeLibrary;
import dev.drover.config.DataSize;
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
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code drover agent}. */
@Command(
    name = "agent",
    mixinStandardHelpOptions = true,
    subcommands = ConsentCommand.class,
    description = "Run the agent of this machine, or ask it how it is.",
    footer = {
      "",
      "Examples:",
      "  drover agent run --data ~/.drover/agent",
      "  drover agent run --config agent.conf --set answer-budget-bits=128",
      "  drover agent status",
      "  drover agent consent ls"
    })
public final class AgentCommand {
  private static final int SHORT_HASH = 12;

  /** Runs an agent until the process is asked to end. */
  @FunctionalInterface
  public interface Runner {
    /** Returns the exit code of the process, after the agent was closed. */
    int run(OwnSettings own, Terminal terminal);
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
  int run(@Mixin AgentSettings settings) {
    return runner.run(settings.own(System.getenv()), Terminal.system());
  }

  @Command(
      name = "library",
      mixinStandardHelpOptions = true,
      hidden = true,
      description = {
        "Unpack the model runtime's library and print where it is, for LD_PRELOAD;",
        "the launcher does this where the JVM needs it."
      },
      footer = {"", "Example:", "  drover agent library --data ~/.drover/agent"})
  void library(@Mixin AgentSettings settings) {
    Path data = settings.own(System.getenv()).atStart().dataDir();
    Terminal.system().out().println(NativeLibrary.install(AgentPlaces.nativeLibrary(data)));
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
