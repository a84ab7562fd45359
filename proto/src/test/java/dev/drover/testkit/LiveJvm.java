package dev.drover.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/**
 * A main class in a process of its own that runs until it ends itself or is closed. What it prints
 * comes through a pipe, so that a process whose disk refuses can still say so.
 */
public final class LiveJvm implements AutoCloseable {
  private static final long SECONDS_MAX = 90;

  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Thread reader;

  private LiveJvm(Process process) {
    this.process = process;
    this.reader = new Thread(this::read, "output-of-" + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts a class with this test's class path; its working directory is the one given. */
  public static LiveJvm start(Path directory, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-XX:-CreateCoredumpOnCrash"));
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    try {
      Path classPath = Files.createTempFile(directory, "live", ".args");
      Files.writeString(classPath, "-cp \"" + System.getProperty("java.class.path") + "\"");
      command.add("@" + classPath);
      command.add(main.getName());
      command.addAll(List.of(arguments));
      return new LiveJvm(
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read() {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      out.lines().forEach(lines::add);
    } catch (IOException | UncheckedIOException ignored) {
      // The process was killed; what it printed before is kept.
    }
  }

  /** Waits for a line, and returns it. */
  public String awaitLine(Predicate<String> wanted) {
    Awaitility.await()
        .atMost(SECONDS_MAX, TimeUnit.SECONDS)
        .failFast(
            () -> {
              if (!reader.isAlive() && lines.stream().noneMatch(wanted)) {
                throw new AssertionError("It ended without that line: " + output());
              }
            })
        .until(() -> lines.stream().anyMatch(wanted));
    return lines.stream().filter(wanted).findFirst().orElseThrow();
  }

  /**
   * Lets the kernel refuse every write of the process to a file from now on, at whatever offset, as
   * a disk that went away does. Sockets and pipes are not touched.
   */
  public void refuseWrites() {
    Path prlimit = Needs.prlimit();
    try {
      Process limit =
          new ProcessBuilder(prlimit.toString(), "--pid", "" + process.pid(), "--fsize=0")
              .inheritIO()
              .start();
      if (limit.waitFor() != 0) {
        throw new AssertionError("prlimit ended with " + limit.exitValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Asks the process to end, as Ctrl-C or a service manager does. */
  public void terminate() {
    process.destroy();
  }

  /** Waits for the end of the process, and returns its exit code. */
  public int awaitExit() {
    try {
      if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new AssertionError("The process does not end: " + output());
      }
      reader.join();
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Returns what it printed so far, on both streams. */
  public String output() {
    return String.join("\n", lines);
  }

  /** Kills it, if it still runs. */
  @Override
  public void close() {
    process.destroyForcibly();
  }
}
