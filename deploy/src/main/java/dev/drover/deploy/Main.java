package dev.drover.deploy;

/** Entry point of {@code deploy/drover}. */
public final class Main {
  private Main() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(DroverCommand.line().execute(args));
  }
}
