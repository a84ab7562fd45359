package dev.drover.deploy.doctor;

import dev.drover.agent.cli.AgentSettings;
import dev.drover.config.Places;
import dev.drover.hub.cli.HubCommand;
import dev.drover.term.Terminal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code drover doctor}. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Say what is wrong here and how to mend it; changes nothing.",
    footer = {
      "",
      "Ends with 0 if nothing is wrong, with 1 otherwise; a warning is not wrong.",
      "",
      "Examples:",
      "  drover doctor",
      "  drover doctor --data /var/lib/drover --deep",
      "  drover doctor --hub hub.lan:8443 --operator ana.pem --json"
    })
public final class DoctorCommand implements Callable<Integer> {
  private static final String USUAL_HUB = "localhost:8443";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "The agent's data directory; $DROVER_AGENT_DATA or ~/.drover/agent if not given.")
  private @Nullable Path agentData;

  @Option(names = "--config", paramLabel = "FILE", description = "The agent's configuration.")
  private @Nullable Path agentConfig;

  @Option(
      names = "--hub-data",
      paramLabel = "DIR",
      description = "The hub's data directory; ~/.drover/hub if not given.")
  private @Nullable Path hubData;

  @Option(names = "--hub-config", paramLabel = "FILE", description = "The hub's configuration.")
  private @Nullable Path hubConfig;

  @Option(
      names = "--hub",
      paramLabel = "HOST:PORT",
      description = "A hub to call; $DROVER_HUB if not given.")
  private @Nullable String hub;

  @Option(
      names = "--operator",
      paramLabel = "FILE",
      description = "Your credentials; $DROVER_OPERATOR or ~/.drover/operator.pem if not given.")
  private @Nullable Path operator;

  @Option(names = "--deep", description = "Read models and releases whole, too.")
  private boolean deep;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  private final Map<String, String> environment;
  private final Clock clock;
  private final SecureRandom random;
  private final Terminal terminal;

  /** Makes the command. */
  public DoctorCommand(
      Map<String, String> environment, Clock clock, SecureRandom random, Terminal terminal) {
    this.environment = Map.copyOf(environment);
    this.clock = clock;
    this.random = random;
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Path credentials = operator == null ? Places.operatorFile(environment) : operator;
    Doctor.Subject subject =
        new Doctor.Subject(
            AgentSettings.config(environment, agentConfig, agentData, Map.of()),
            HubCommand.config(environment, hubConfig, hubData, Map.of()),
            address(credentials),
            credentials,
            deep);
    List<Finding> findings = new Doctor(environment, clock, random).examine(subject);
    if (json) {
      terminal.out().println(Report.json(findings));
    } else {
      Report.print(terminal, findings);
    }
    return Report.fine(findings) ? 0 : 1;
  }

  /** Returns the hub that a command of this user would call; null where none is configured. */
  private @Nullable String address(Path credentials) {
    String given = hub == null ? environment.getOrDefault("DROVER_HUB", "") : hub;
    if (!given.isEmpty()) {
      return given;
    }
    return operator != null || Files.exists(credentials) ? USUAL_HUB : null;
  }
}
