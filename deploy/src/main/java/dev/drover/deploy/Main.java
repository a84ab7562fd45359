package dev.drover.deploy;

/** Entry point of {@code deploy/drover}. */
public final class Main {
  private Main() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    // A library on the class path brings a configuration that logs to standard output.
    System.setProperty("logback.configurationFile", "logback-command.xml");
    System.exit(DroverCommand.line(args).execute(args));
  }
}
