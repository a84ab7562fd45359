package dev.drover.hub.cli;

import dev.drover.term.Json;
import dev.drover.v1.ExplainPlacementRequest;
import dev.drover.v1.PlacementExplanation;
import dev.drover.v1.Task;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
      return start(hub, connection, options.spec(connection, task, what.words()), dryRun, watch);
    }
  }

  @Command(
      name = "why",
      mixinStandardHelpOptions = true,
      description = "Say why a device is or is not a target of a job, then and now.",
      footer = {"", "Example:", "  drover job why j1 node-a"})
  void why(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "JOB", description = "Its id; see job ls.") String id,
      @Parameters(paramLabel = "DEVICE", description = "Its name.") String device) {
    try (HubConnection connection = hub.connect()) {
      PlacementExplanation said =
          connection
              .calls()
              .explainPlacement(
                  ExplainPlacementRequest.newBuilder().setJob(id).setDevice(device).build());
      hub.terminal()
          .out()
          .print(hub.json() ? Json.of(said) + "\n" : PlacementView.explanation(said));
    }
  }
}
