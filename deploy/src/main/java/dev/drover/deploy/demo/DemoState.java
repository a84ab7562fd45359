package dev.drover.deploy.demo;

import dev.drover.deploy.fleet.Machine;
import dev.drover.hub.HubAssembly;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A fleet that the demo left running: how to talk to it, and how to stop it. */
public final class DemoState {
  private static final long STOP_SECONDS = 15;

  private DemoState() {}

  /** Returns whether processes of a fleet on this directory run, also those of a killed demo. */
  public static boolean isRunning(Path root) {
    return !handles(root).isEmpty();
  }

  private static List<ProcessHandle> handles(Path root) {
    return ProcessHandle.allProcesses().filter(found -> belongs(found, root)).toList();
  }

  /** Whatever else names the directory, an editor or a pager, is not the demo's to stop. */
  private static boolean belongs(ProcessHandle handle, Path root) {
    Path file = Path.of("/proc", Long.toString(handle.pid()), "cmdline");
    List<String> arguments;
    try {
      // Arguments end with a zero byte each.
      arguments = List.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\0"));
    } catch (IOException gone) {
      return false;
    }
    boolean part =
        Collections.indexOfSubList(arguments, List.of("hub", "run", "--data")) >= 0
            || Collections.indexOfSubList(arguments, List.of("agent", "run", "--data")) >= 0;
    int data = arguments.indexOf("--data") + 1;
    return part && data < arguments.size() && arguments.get(data).startsWith(root + "/");
  }

  static void explain(PrintStream out, Scene scene, Path launcher) {
    String drover = Machine.typed(launcher);
    Path hub = scene.processes.directory(Scene.HUB);
    out.println("\nThe fleet goes on running. Talk to it:");
    out.println("  export DROVER_HUB=localhost:" + scene.apiPort);
    out.println("  export DROVER_OPERATOR=" + HubAssembly.firstOperatorFile(hub));
    out.println("  " + drover + " device ls");
    out.println("  " + drover + " job run --release hall/2.0.0 --ask pump --watch");
    out.println("  " + drover + " audit tail");
    out.println("Stop it: " + drover + " down");
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
