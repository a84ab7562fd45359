package dev.drover.deploy.demo;

import dev.drover.deploy.LauncherRoot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Scripts that stand for the launcher, and processes that look like parts of a fleet. */
final class StandIn {
  /** Waits on its standard input, which ends with the process that started it at the latest. */
  private static final String STAYS = "read -r _";

  private StandIn() {}

  /** Returns a launcher whose parts say something and stay. */
  static Path launcherThatStays(Path directory) throws IOException {
    return launcher(directory, STAYS);
  }

  /** Returns a launcher whose parts say something and end with 1. */
  static Path launcherThatFails(Path directory) throws IOException {
    return launcher(directory, "exit 1");
  }

  private static Path launcher(Path directory, String then) throws IOException {
    return LauncherRoot.program(
        directory.resolve("launcher"), "#!/usr/bin/env bash\necho \"started $*\"\n" + then + "\n");
  }

  /** Starts a process that stays and has these arguments in its command line. */
  static Process process(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("bash", "-c", STAYS, "drover"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).start();
  }
}
