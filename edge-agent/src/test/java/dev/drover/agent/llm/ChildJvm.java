package dev.drover.agent.llm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs a main class in a process of its own: the native engine loads once per process, keeps it
 * from ending and aborts it.
 */
public final class ChildJvm {
  private static final long LIMIT_SECONDS = 180;

  private ChildJvm() {}

  /** How a child ended. */
  public record Outcome(int exitCode, String out, String err) {
    /** Whether the process was ended by an abort of native code. */
    public boolean aborted() {
      return exitCode == 134;
    }
  }

  /** Runs a class with this test's class path in a directory, where its output and dumps go too. */
  public static Outcome run(
      Path directory,
      Class<?> main,
      List<String> jvmOptions,
      Map<String, String> environment,
      String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=" + directory.resolve("hs_err.log")));
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(jvmOptions);
    try {
      Path out = Files.createTempFile(directory, "child", ".out");
      Path err = Files.createTempFile(directory, "child", ".err");
      Path classPath = Files.createTempFile(directory, "child", ".args");
      Files.writeString(
          classPath, "-cp \"" + System.getProperty("java.class.path").replace("\\", "\\\\") + "\"");
      command.add("@" + classPath);
      command.add(main.getName());
      command.addAll(List.of(arguments));
      ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
      // On a busy machine the engine's threads would otherwise wait for each other in loops.
      builder.environment().put("OMP_WAIT_POLICY", "passive");
      builder.environment().putAll(environment);
      Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
      boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      int code = ended ? process.exitValue() : -1;
      return new Outcome(code, Files.readString(out), Files.readString(err));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
