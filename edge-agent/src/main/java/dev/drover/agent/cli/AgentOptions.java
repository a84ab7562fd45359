package dev.drover.agent.cli;

import dev.drover.config.Places;
import dev.drover.term.Terminal;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which agent on this machine a command talks to, and how it prints. */
final class AgentOptions {
  @Option(
      names = "--agent-data",
      paramLabel = "DIR",
      description =
          "The agent's data directory; $DROVER_AGENT_DATA or ~/.drover/agent if not given.")
  private @Nullable Path data;

  @Option(
      names = "--socket",
      paramLabel = "FILE",
      description = "The agent's Unix socket, where it is not run/agent.sock of its data.")
  private @Nullable Path socket;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  private final Terminal terminal = Terminal.system();

  /** Connects; the first call fails where no agent listens. */
  AgentConnection connect() {
    return new AgentConnection(socketFile());
  }

  private Path socketFile() {
    if (socket != null) {
      return socket;
    }
    Path directory = data == null ? Places.agentData(System.getenv()) : data;
    return directory.resolve("run").resolve("agent.sock");
  }

  boolean json() {
    return json;
  }

  Terminal terminal() {
    return terminal;
  }
}
