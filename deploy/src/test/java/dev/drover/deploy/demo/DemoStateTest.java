package dev.drover.deploy.demo;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code drover down} stops, and what it does not touch. */
class DemoStateTest {
  @TempDir private Path directory;
  private final List<Process> started = new ArrayList<>();
  private Path root = Path.of("");

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectories(directory.resolve("demo"));
    Files.writeString(root.resolve("hub.out"), "a log");
  }

  @AfterEach
  void end() {
    started.forEach(Process::destroyForcibly);
  }

  private Process process(String... arguments) throws IOException {
    Process process = StandIn.process(arguments);
    started.add(process);
    return process;
  }

  private String down() throws IOException {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    assertEquals(0, DemoState.down(root, out));
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void down_stopsHubAndAgents_andDeletesTheirDirectory() throws IOException {
    Process hub = process("hub", "run", "--data", root + "/hub", "--set", "api.port=1");
    Process agent = process("agent", "run", "--data", root + "/press-1");
    await().until(() -> DemoState.isRunning(root));
    assertEquals("The fleet is stopped.\n", down());
    assertFalse(hub.isAlive() || agent.isAlive());
    assertFalse(DemoState.isRunning(root));
    assertFalse(Files.exists(root));
    assertTrue(Files.exists(directory));
  }

  @Test
  void down_whereNothingRuns_saysSo_andDeletesWhatIsLeft() throws IOException {
    assertFalse(DemoState.isRunning(root));
    assertEquals("No fleet of the demo is running.\n", down());
    assertFalse(Files.exists(root));
    assertEquals("No fleet of the demo is running.\n", down());
  }

  @Test
  void down_leavesAlone_whatIsNotOfThisFleet() throws IOException {
    List<Process> others =
        List.of(
            process("hub", "run", "--data", directory + "/demo2/hub"),
            process("hub", "run", "--data", "/mnt" + root + "/hub"),
            process("agent", "run", "--data", directory.resolve("agent").toString()),
            process("agent", "run", "--set", "x=" + root + "/press-1"),
            process("enrol", "--data", root + "/press-1"),
            process(root.resolve("hub.out").toString()));
    Process own = process("agent", "run", "--data", root + "/press-1");
    await().until(() -> DemoState.isRunning(root));
    assertEquals("The fleet is stopped.\n", down());
    assertFalse(own.isAlive());
    for (Process other : others) {
      assertTrue(other.isAlive(), () -> other.info().toString());
    }
    assertEquals("No fleet of the demo is running.\n", down());
  }
}
