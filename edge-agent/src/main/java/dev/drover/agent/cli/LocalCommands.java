package dev.drover.agent.cli;

import picocli.CommandLine;

/** The commands for the agent of one machine: {@code agent}, {@code enrol}, ask, tool. */
public final class LocalCommands {
  private LocalCommands() {}

  /**
   * Adds the commands to a command line and returns it.
   *
   * @param runner runs an agent
   * @param enroller enrols a device
   */
  public static CommandLine addTo(
      CommandLine line, AgentCommand.Runner runner, EnrolCommand.Enroller enroller) {
    return line.addSubcommand(new AgentCommand(runner))
        .addSubcommand(new EnrolCommand(enroller, System.in))
        .addSubcommand(new AskCommand())
        .addSubcommand(new ToolCommand());
  }

  /**
   * Adds what a command line needs that begins with this name: of {@code agent}, nothing but that,
   * because reading what options the others have takes a device's time and memory.
   */
  public static CommandLine addNamed(
      CommandLine line, String name, AgentCommand.Runner runner, EnrolCommand.Enroller enroller) {
    return name.equals("agent")
        ? line.addSubcommand(new AgentCommand(runner))
        : addTo(line, runner, enroller);
  }
}
