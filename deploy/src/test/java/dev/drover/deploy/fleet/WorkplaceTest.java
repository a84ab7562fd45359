package dev.drover.deploy.fleet;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.testkit.LiveJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkplaceTest {
  private static final String STARTED = "started ";

  @TempDir private Path directory;

  /** A run that starts a process, says its id and waits for it. */
  static final class Run {
    private Run() {}

    public static void main(String[] arguments) throws Exception {
      Path root = Files.createDirectories(Path.of(arguments[0]));
      Files.writeString(root.resolve("file"), "made by the run");
      Workplace place = Workplace.at(root);
      if (arguments[1].equals("keep")) {
        place.keep();
      }
      Process child = new ProcessBuilder("bash", "-c", how(arguments[1])).start();
      System.out.println(STARTED + child.pid());
      int unused = child.waitFor();
    }
  }

  /** One that is swept would go on by itself, for a while; one that is kept ends with its input. */
  private static String how(String run) {
    return run.equals("keep") ? "read -r _" : "exec sleep 60";
  }

  /** Asks a run to end, and returns the process that it had started. */
  private ProcessHandle interrupted(Path root, String how) {
    try (LiveJvm run = LiveJvm.start(directory, Run.class, root.toString(), how)) {
      String line = run.awaitLine(said -> said.startsWith(STARTED));
      long pid = Long.parseLong(line.substring(STARTED.length()));
      ProcessHandle child = ProcessHandle.of(pid).orElseThrow();
      assertTrue(Files.exists(root.resolve("file")));
      run.terminate();
      assertNotEquals(0, run.awaitExit());
      return child;
    }
  }

  @Test
  void run_thatIsInterrupted_leavesNoProcessAndNoFile() {
    Path root = directory.resolve("demo");
    ProcessHandle child = interrupted(root, "use");
    assertFalse(child.isAlive());
    assertFalse(Files.exists(root));
    assertTrue(Files.exists(directory));
  }

  @Test
  void run_thatWasKept_isNotSwept() {
    Path root = directory.resolve("demo");
    ProcessHandle child = interrupted(root, "keep");
    assertTrue(Files.exists(root.resolve("file")));
    await().until(() -> !child.isAlive()); // its input ended with the run, nobody killed it
  }

  @Test
  void close_deletesItsDirectoryAlone() throws IOException {
    Path beside = Files.createDirectories(directory.resolve("models"));
    try (Workplace place = Workplace.create(directory, "bench")) {
      Path target = Files.writeString(beside.resolve("model"), "stays");
      Files.createSymbolicLink(place.root().resolve("link"), target);
      Files.createDirectories(place.root().resolve("a/b"));
    }
    try (var left = Files.list(directory)) {
      assertEquals(List.of(beside), left.toList());
    }
    assertEquals("stays", Files.readString(beside.resolve("model")));
  }

  @Test
  void ports_thatAreTakenTogether_areAllDifferent() throws IOException {
    List<Integer> ports = Machine.freePorts(50);
    assertEquals(50, new HashSet<>(ports).size());
  }
}
