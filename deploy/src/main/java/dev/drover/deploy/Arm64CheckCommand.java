package dev.drover.deploy;

import dev.drover.deploy.fleet.Machine;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code drover arm64-check}: hands over to the script of that name beside the launcher. */
@Command(
    name = "arm64-check",
    mixinStandardHelpOptions = true,
    description = {
      "Run the agent on arm64 under qemu and check that it works there.",
      "Needs root, debootstrap and qemu-user-static; no speed is measured."
    },
    footer = {"", "Example:", "  drover arm64-check"})
public final class Arm64CheckCommand implements Callable<Integer> {
  private final Map<String, String> environment;

  /** Makes the command. */
  public Arm64CheckCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws IOException {
    Path script = Machine.launcher(environment).resolveSibling("arm64-check");
    Process process = new ProcessBuilder(script.toString()).inheritIO().start();
    try {
      return process.waitFor();
    } catch (InterruptedException stopped) {
      process.destroy();
      Thread.currentThread().interrupt();
      return ErrorCode.CANCELLED.kind().exitCode();
    }
  }
}
