package dev.drover.hub.cli;

import dev.drover.v1.Task;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code drover job}. */
@Command(
    name = "job",
    mixinStandardHelpOptions = true,
    description = "Run work on devices and follow it.",
    footer = {
      "",
      "Examples:",
      "  drover job run --tool device.status --any 1 --watch",
      "  drover job run --release assist/1.0.0 --ask machine-state --select site=hall3",
      "  drover job run --install assist/1.0.0 --group 1 --group 100%% --watch"
    })
public final class JobCommand extends JobCommands {
  @Command(
      name = "run",
      mixinStandardHelpOptions = true,
      description = "Create a job from what it does and where.",
      footer = {
        "",
        "A job does one thing: --tool calls a tool, --ask asks a question of a signed",
        "release, --install installs a release. It runs on every device that matches,",
        "or on the N best with --any N, in the groups that --group gives. --in names",
        "saved groups, --continuous also takes devices that match later.",
        "",
        "Examples:",
        "  drover job run --tool device.status --any 1 --watch",
        "  drover job run --install assist/1.0.0 --group 1 --group rest --watch",
        "  drover job run --install assist/1.0.0 --in cameras --group 10%% --group rest \\",
        "      --dry-run"
      })
  int run(
      @Mixin HubOptions hub,
      @Mixin TaskOptions what,
      @Mixin JobOptions options,
      @Option(names = "--dry-run", description = "Only say who would run it, and why.")
          boolean dryRun,
      @Option(names = "--watch", description = "Follow it until it ends.") boolean watch) {
    try (HubConnection connection = hub.connect()) {
      Task task = what.task(connection);
      return start(hub, connection, options.spec(task, what.words()), dryRun, watch);
    }
  }
}
