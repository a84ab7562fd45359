package dev.drover.deploy.fleet;

import dev.drover.agent.Main;
import dev.drover.agent.core.ProcessControl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An agent in a process of its own, started again when it asks for it, as the launcher does.
 * Thread-safe.
 */
final class LiveAgent implements AutoCloseable {
  private static final long STOP_SECONDS = 30;

  private final Path data;
  private @Nullable Process process;
  private String zone = "UTC";

  LiveAgent(Path data) {
    this.data = data;
  }

  Path data() {
    return data;
  }

  /** Starts it on a machine whose clock is set to this zone. */
  synchronized LiveAgent start(String inZone) {
    zone = inZone;
    launch();
    return this;
  }

  private synchronized void launch() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"));
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.add("-Duser.timezone=" + zone);
    try {
      Path classPath = data.resolveSibling(data.getFileName() + ".args");
      Files.writeString(classPath, "-cp \"" + System.getProperty("java.class.path") + "\"");
      command.addAll(List.of("@" + classPath, Main.class.getName(), "agent", "run"));
      command.addAll(List.of("--data", data.toString(), "--set", "heartbeat=1s"));
      Process started =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(output().toFile()))
              .start();
      process = started;
      var unused = started.onExit().thenAccept(this::ended);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private synchronized void ended(Process which) {
    if (process == which && which.exitValue() == ProcessControl.RESTART_EXIT_CODE) {
      launch();
    }
  }

  /** Returns where its process writes. */
  private Path output() {
    return data.resolveSibling(data.getFileName() + ".out");
  }

  /** Returns whether its log says this so far. */
  boolean logged(String text) throws IOException {
    Path log = data.resolve("logs/agent.log");
    return Files.exists(log) && Files.readString(log).contains(text);
  }

  /** Asks it to end, and waits until it has. */
  void stop() {
    Process running;
    synchronized (this) {
      running = process;
      process = null;
    }
    if (running == null) {
      return;
    }
    running.destroy();
    try {
      if (!running.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        running.destroyForcibly();
      }
    } catch (InterruptedException stopped) {
      running.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stop();
  }
}
