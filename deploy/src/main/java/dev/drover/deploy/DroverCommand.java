package dev.drover.deploy;

import dev.drover.agent.AgentRun;
import dev.drover.agent.EnrolAssembly;
import dev.drover.agent.cli.LocalCommands;
import dev.drover.agent.cli.ModelCommand;
import dev.drover.config.Build;
import dev.drover.deploy.bench.BenchCommand;
import dev.drover.deploy.bench.LoadCommand;
import dev.drover.deploy.demo.DemoCommand;
import dev.drover.deploy.demo.DownCommand;
import dev.drover.deploy.doctor.DoctorCommand;
import dev.drover.deploy.sim.SimulateCommand;
import dev.drover.hub.HubRun;
import dev.drover.hub.cli.AuditCommand;
import dev.drover.hub.cli.DeviceCommand;
import dev.drover.hub.cli.GroupCommand;
import dev.drover.hub.cli.HubCommand;
import dev.drover.hub.cli.JobCommand;
import dev.drover.hub.cli.OperatorCommand;
import dev.drover.hub.cli.ReleaseCommand;
import dev.drover.hub.cli.RolloutCommand;
import dev.drover.term.Failures;
import dev.drover.term.Terminal;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code drover}, with every command below it. */
@Command(
    name = "drover",
    description = "Runs AI on your own devices, and keeps the fleet in order.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Start here:",
      "  drover demo                     a whole fleet on this machine",
      "  drover hub run                  a hub of your own",
      "  drover doctor                   what is wrong here and how to mend it",
      "  drover COMMAND --help           what a command does, with examples"
    })
public final class DroverCommand {
  private DroverCommand() {}

  /**
   * Returns the command line, ready to execute.
   *
   * @param args what it will execute, as far as that is known
   */
  public static CommandLine line(String... args) {
    Clock clock = Clock.systemUTC();
    SecureRandom random = new SecureRandom();
    CommandLine line = new CommandLine(new DroverCommand());
    line.getCommandSpec().version("drover " + Build.read().version());
    if (args.length > 1 && args[0].equals("hub") && args[1].equals("run")) {
      // A hub's start need not wait until the options of every other command are read.
      return Failures.install(line.addSubcommand(new HubCommand(HubRun::run, clock, random)));
    }
    Map<String, String> environment = System.getenv();
    line.addSubcommand(new DemoCommand(environment, clock, System::nanoTime));
    line.addSubcommand(new DownCommand(environment));
    line.addSubcommand(new BenchCommand(environment, clock, System::nanoTime));
    line.addSubcommand(new LoadCommand(environment, clock, System::nanoTime, Terminal.system()));
    line.addSubcommand(new SimulateCommand(System::nanoTime, Terminal.system()));
    line.addSubcommand(new Arm64CheckCommand(environment));
    line.addSubcommand(new DoctorCommand(environment, clock, random, Terminal.system()));
    line.addSubcommand(new ModelCommand(environment, System::nanoTime));
    LocalCommands.addTo(line, AgentRun::run, EnrolAssembly::enrol);
    line.addSubcommand(new HubCommand(HubRun::run, clock, random));
    line.addSubcommand(new DeviceCommand());
    line.addSubcommand(new GroupCommand());
    line.addSubcommand(new OperatorCommand(random));
    line.addSubcommand(new JobCommand());
    line.addSubcommand(new RolloutCommand());
    line.addSubcommand(new ReleaseCommand(clock, random));
    line.addSubcommand(new AuditCommand(clock));
    line.addSubcommand(completion());
    return Failures.install(line);
  }

  /** Comes with the command line library, and explains itself like the others here. */
  private static CommandLine completion() {
    CommandLine line = new CommandLine(new AutoComplete.GenerateCompletion());
    line.getCommandSpec()
        .usageMessage()
        .description("Print what makes bash and zsh complete commands and options.")
        .footer(
            "",
            "Examples:",
            "  drover generate-completion > ~/.local/share/bash-completion/completions/drover",
            "  source <(drover generate-completion)    for this shell alone");
    return line;
  }
}
