package dev.drover.hub;

import dev.drover.hub.cli.HubCommand;
import dev.drover.term.Failures;
import java.security.SecureRandom;
import java.time.Clock;
import picocli.CommandLine;

/** Entry point of a hub that is installed alone. */
public final class Main {
  private Main() {}

  /** Runs {@code hub} commands and ends the process with their exit code. */
  public static void main(String[] args) {
    System.setProperty("logback.configurationFile", "logback-command.xml");
    HubCommand hub = new HubCommand(HubRun::run, Clock.systemUTC(), new SecureRandom());
    System.exit(Failures.install(new CommandLine(hub)).execute(args));
  }
}
