package dev.drover.agent;

import dev.drover.agent.cli.LocalCommands;
import dev.drover.term.Failures;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of an agent that is installed alone. */
@Command(name = "drover", synopsisSubcommandLabel = "COMMAND")
public final class Main {
  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.setProperty("logback.configurationFile", "logback-command.xml");
    CommandLine line = new CommandLine(new Main());
    String named = args.length == 0 ? "" : args[0];
    LocalCommands.addNamed(line, named, AgentRun::run, EnrolAssembly::enrol);
    int code = Failures.install(line).execute(args);
    if (AgentRun.mustHalt()) {
      Runtime.getRuntime().halt(code);
    }
    System.exit(code);
  }
}
