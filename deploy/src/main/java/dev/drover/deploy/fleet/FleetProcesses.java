package dev.drover.deploy.fleet;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The processes of a fleet on this machine, started through the launcher. Not thread-safe. */
public final class FleetProcesses implements AutoCloseable {
  private static final long STOP_SECONDS = 15;

  private final Path launcher;
  private final Path root;
  private final Map<String, Process> running = new LinkedHashMap<>();
  private final Map<String, String> settings = new LinkedHashMap<>();

  /**
   * Makes a fleet without processes.
   *
   * @param launcher the command that starts parts
   * @param root directory under which each part has its own
   */
  public FleetProcesses(Path launcher, Path root) {
    this.launcher = launcher;
    this.root = root;
  }

  /** Returns the directory of a part. */
  public Path directory(String part) {
    return root.resolve(part);
  }

  /** Returns where the output of a part goes. */
  public Path log(String part) {
    return root.resolve(part + ".out");
  }

  /** Sets an environment variable of all that is started from now on. */
  public void environment(String name, String value) {
    settings.put(name, value);
  }

  /** Starts a part that stays; its output goes to {@link #log}. */
  public void start(String part, List<String> arguments) throws IOException {
    running.put(part, launch(arguments, log(part).toFile()));
  }

  /**
   * Runs a command to its end.
   *
   * @throws CheckFailed with what it printed when it fails
   */
  public void run(List<String> arguments) throws IOException {
    runTogether(List.of(arguments))
        .get(0)
        .ifPresent(
            printed -> {
              throw new CheckFailed(arguments.get(0) + " failed: " + printed);
            });
  }

  /**
   * Runs commands beside each other, all to their end.
   *
   * @return for each of them what it printed if it failed, empty if it succeeded
   */
  public List<Optional<String>> runTogether(List<List<String>> commands) throws IOException {
    List<Process> started = new ArrayList<>();
    List<File> outputs = new ArrayList<>();
    for (List<String> arguments : commands) {
      File output = File.createTempFile("run", ".out", root.toFile());
      Process process = launch(arguments, output);
      process.getOutputStream().close();
      started.add(process);
      outputs.add(output);
    }
    List<Optional<String>> failures = new ArrayList<>();
    for (int i = 0; i < started.size(); i++) {
      int code = end(started.get(i), commands.get(i));
      String printed = Files.readString(outputs.get(i).toPath()).strip();
      Files.delete(outputs.get(i).toPath());
      failures.add(code == 0 ? Optional.empty() : Optional.of(printed));
    }
    return failures;
  }

  private static int end(Process process, List<String> arguments) {
    try {
      if (!process.waitFor(120, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new DroverException(
            ErrorCode.DEADLINE_EXCEEDED, "The command " + arguments + " did not end.");
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new DroverException(ErrorCode.CANCELLED, "This was interrupted.", stopped);
    }
    return process.exitValue();
  }

  private Process launch(List<String> arguments, File output) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(launcher.toString());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output));
    builder.environment().remove("DROVER_TTY");
    // Several agents share this machine's processors: threads that spin would starve the others.
    builder.environment().putIfAbsent("OMP_WAIT_POLICY", "passive");
    builder.environment().putAll(settings);
    return builder.start();
  }

  /** Returns the process id of a part's own process, below the supervisor where it has one. */
  public Optional<ProcessHandle> process(String part) {
    Process started = running.get(part);
    if (started == null || !started.isAlive()) {
      return Optional.empty();
    }
    Optional<ProcessHandle> child =
        started
            .descendants()
            .filter(handle -> handle.info().command().orElse("").endsWith("java"))
            .findFirst();
    boolean own = started.info().command().orElse("").endsWith("java");
    return child.or(() -> own ? Optional.of(started.toHandle()) : Optional.empty());
  }

  /** Kills a part's own process with SIGKILL; a supervisor above it lives on. */
  public void kill(String part) {
    ProcessHandle handle =
        process(part).orElseThrow(() -> new CheckFailed(part + " is not running."));
    if (!handle.destroyForcibly()) {
      throw new CheckFailed(part + " could not be killed.");
    }
    var unused = handle.onExit().join();
  }

  /** Says why a part that should run does not, from its last lines. */
  public void requireAlive(String part) {
    if (!isAlive(part)) {
      throw new CheckFailed(part + " ended: " + lastWords(part));
    }
  }

  /** Whether a part was started and has not ended. */
  public boolean isAlive(String part) {
    Process process = running.get(part);
    return process != null && process.isAlive();
  }

  private String lastWords(String part) {
    try {
      List<String> lines = Files.readAllLines(log(part));
      return String.join(" | ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
    } catch (IOException unreadable) {
      return "what it said cannot be read, " + unreadable;
    }
  }

  /** Stops a part and waits. */
  public void stop(String part) {
    Process process = running.remove(part);
    if (process == null) {
      return;
    }
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException stopped) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    all.forEach(ProcessHandle::destroyForcibly);
  }

  @Override
  public void close() {
    List<String> parts = new ArrayList<>(running.keySet());
    Collections.reverse(parts);
    parts.forEach(this::stop);
  }
}
