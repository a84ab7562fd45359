package dev.drover.deploy.bench;

import java.util.ArrayList;
import java.util.List;

/** Starts parts of this class path in processes of their own. */
final class ProbeJvm {
  private ProbeJvm() {}

  /**
   * Returns what starts a program with this process' JDK and jars.
   *
   * @param flags of the JVM beside those that agents and hubs share
   */
  static ProcessBuilder of(Class<?> program, List<String> flags, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.add("-XX:+UseSerialGC");
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path", ""), program.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("MALLOC_ARENA_MAX", "1");
    return builder;
  }
}
