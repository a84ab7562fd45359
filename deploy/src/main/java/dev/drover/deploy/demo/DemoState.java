package dev.drover.deploy.demo;

import dev.drover.deploy.fleet.Machine;
import dev.drover.hub.HubAssembly;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A fleet that the demo left running: how to talk to it, and how to stop it. */
final class DemoState {
  private static final String FILE = "running";
  private static final long STOP_SECONDS = 15;

  private DemoState() {}

  static void keep(Path root, Map<String, Long> processes) throws IOException {
    List<String> lines = new ArrayList<>();
    processes.forEach((part, pid) -> lines.add(part + " " + pid));
    Files.write(root.resolve(FILE), lines);
  }

  static boolean isRunning(Path root) throws IOException {
    return handles(root).stream().anyMatch(ProcessHandle::isAlive);
  }

  private static List<ProcessHandle> handles(Path root) throws IOException {
    List<ProcessHandle> handles = new ArrayList<>();
    if (Files.exists(root.resolve(FILE))) {
      for (String line : Files.readAllLines(root.resolve(FILE))) {
        Optional<ProcessHandle> handle =
            ProcessHandle.of(Long.parseLong(line.substring(line.indexOf(' ') + 1)));
        handle.filter(found -> belongs(found, root)).ifPresent(handles::add);
      }
    }
    return handles;
  }

  /** A process id may have been given to somebody else since. */
  private static boolean belongs(ProcessHandle handle, Path root) {
    Path arguments = Path.of("/proc", Long.toString(handle.pid()), "cmdline");
    try {
      return Files.readString(arguments).contains(root.toString());
    } catch (IOException gone) {
      return false;
    }
  }

  static void explain(PrintStream out, Scene scene) {
    Path hub = scene.processes.directory(Scene.HUB);
    out.println("\nThe fleet goes on running. Talk to it:");
    out.println("  export DROVER_HUB=localhost:" + scene.apiPort);
    out.println("  export DROVER_OPERATOR=" + HubAssembly.firstOperatorFile(hub));
    out.println("  drover device ls");
    out.println("  drover job run --release hall/2.0.0 --ask pump --watch");
    out.println("  drover audit tail");
    out.println("Stop it: drover down");
  }

  /** Stops everything and deletes the fleet's directory. */
  static int down(Path root, PrintStream out) throws IOException {
    List<ProcessHandle> handles = handles(root);
    for (ProcessHandle handle : handles) {
      List<ProcessHandle> all = new ArrayList<>(handle.descendants().toList());
      handle.destroy();
      try {
        handle.onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException | TimeoutException late) {
        handle.destroyForcibly();
      }
      all.forEach(ProcessHandle::destroyForcibly);
    }
    Machine.delete(root);
    out.println(handles.isEmpty() ? "No fleet of the demo is running." : "The fleet is stopped.");
    return 0;
  }
}
