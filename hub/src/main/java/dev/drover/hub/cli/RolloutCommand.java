package dev.drover.hub.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover rollout}: jobs that install a release. */
@Command(
    name = "rollout",
    mixinStandardHelpOptions = true,
    description = "Install a release on devices, group by group, and follow it.",
    footer = {
      "",
      "A roll-out is a job: the commands are those of drover job.",
      "",
      "Examples:",
      "  drover rollout run assist/1.1.0 --group 1 --group 10%% --group rest --soak 600 \\",
      "      --health crashes=0 --on-gate roll-back --watch",
      "  drover rollout pause j7 --reason 'calls from hall 3'"
    })
public final class RolloutCommand extends JobCommands {
  @Command(
      name = "run",
      mixinStandardHelpOptions = true,
      description = "Install a release on every device that matches.",
      footer = {
        "",
        "Examples:",
        "  drover rollout run assist/1.1.0 --select site=hall3 --group 1 --group rest --watch",
        "  drover rollout run assist/1.1.0 --group 5%% --group rest --rate 60 \\",
        "      --grow factor=2,every=100,max=600 --abort-if any=10%%,min=20,do=roll-back"
      })
  int run(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "NAME/VERSION", description = "The release; see release ls.")
          String release,
      @Mixin JobOptions options,
      @Option(names = "--dry-run", description = "Only say who would get it, and why.")
          boolean dryRun,
      @Option(names = "--watch", description = "Follow it until it ends.") boolean watch) {
    try (HubConnection connection = hub.connect()) {
      return start(
          hub,
          connection,
          options.spec(TaskOptions.install(connection, release), "install " + release),
          dryRun,
          watch);
    }
  }
}
