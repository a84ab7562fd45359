package dev.drover.deploy.demo;

import dev.drover.term.Terminal;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code drover down}. */
@Command(
    name = "down",
    mixinStandardHelpOptions = true,
    description = "Stop the fleet that `drover demo --keep` left running.",
    footer = {"", "Example:", "  drover down"})
public final class DownCommand implements Callable<Integer> {
  private final Map<String, String> environment;

  /** Makes the command. */
  public DownCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws IOException {
    return DemoState.down(DemoCommand.root(environment), Terminal.system().out());
  }
}
