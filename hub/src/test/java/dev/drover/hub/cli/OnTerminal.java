package dev.drover.hub.cli;

import dev.drover.testkit.Needs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Starts a main class of this class path on a terminal of its own, for a minute at most. */
final class OnTerminal {
  private OnTerminal() {}

  /**
   * Starts one; what the terminal shows is the process' output, its exit code that of the class.
   *
   * @param directory where a file of arguments may lie
   * @param environment beside this process' own
   */
  static Process start(
      Path directory, Class<?> main, Map<String, String> environment, String... arguments)
      throws IOException {
    Path classPath = Files.createTempFile(directory, "class-path", ".args");
    Files.writeString(classPath, "-cp \"" + System.getProperty("java.class.path") + "\"");
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> flags = List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    String command =
        Stream.of(
                Stream.of(java.toString()),
                flags.stream(),
                Stream.of("@" + classPath, main.getName()),
                Stream.of(arguments))
            .flatMap(words -> words)
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" "));
    ProcessBuilder builder =
        new ProcessBuilder(Needs.script().toString(), "-qec", command, "/dev/null")
            .redirectErrorStream(true);
    builder.environment().remove("NO_COLOR");
    builder.environment().putAll(environment);
    Process terminal = builder.start();
    CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS).execute(() -> end(terminal));
    return terminal;
  }

  /** Ends the terminal and what runs on it. */
  static void end(Process terminal) {
    terminal.descendants().forEach(ProcessHandle::destroyForcibly);
    terminal.destroyForcibly();
  }
}
