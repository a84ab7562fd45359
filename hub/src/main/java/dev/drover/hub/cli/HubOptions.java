package dev.drover.hub.cli;

import dev.drover.hub.enrol.OperatorCredentials;
import dev.drover.term.Terminal;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of every command that talks to a hub. */
final class HubOptions {
  @Option(
      names = "--hub",
      paramLabel = "HOST:PORT",
      description = "The hub. Default: $DROVER_HUB, else localhost:8443.")
  private @Nullable String hub;

  @Option(
      names = "--operator",
      paramLabel = "FILE",
      description = "Your credentials. Default: $DROVER_OPERATOR, else ~/.drover/operator.pem.")
  private @Nullable Path operator;

  @Option(names = "--json", description = "Print JSON for programs.")
  private boolean json;

  private final Map<String, String> environment = System.getenv();
  private final Terminal terminal = Terminal.system();

  HubConnection connect() {
    return HubConnection.open(address(), OperatorCredentials.load(credentials()));
  }

  String address() {
    return HubConnection.firstOf(hub, environment.get("DROVER_HUB"), "localhost:8443");
  }

  Path credentials() {
    if (operator != null) {
      return operator;
    }
    String given = environment.get("DROVER_OPERATOR");
    return given == null
        ? Path.of(System.getProperty("user.home"), ".drover", "operator.pem")
        : Path.of(given);
  }

  boolean json() {
    return json;
  }

  Terminal terminal() {
    return terminal;
  }
}
