package dev.drover.hub.cli;

import dev.drover.config.Places;
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
    return operator == null ? Places.operatorFile(environment) : operator;
  }

  boolean json() {
    return json;
  }

  Terminal terminal() {
    return terminal;
  }
}
