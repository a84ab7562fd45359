package dev.drover.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.cli.LocalCommands;
import dev.drover.term.Failures;
import dev.drover.testkit.LiveJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** An agent that cannot start says why and what helps, and harms nobody. */
class AgentBadStartTest {
  @TempDir private Path directory;

  @Command(name = "drover")
  private static final class Top {}

  private LiveJvm start(String... settings) {
    List<String> words =
        new ArrayList<>(List.of("agent", "run", "--data", directory.resolve("agent").toString()));
    for (String setting : settings) {
      words.addAll(List.of("--set", setting));
    }
    return LiveJvm.start(directory, Main.class, words.toArray(String[]::new));
  }

  private void assertRefused(int exit, String code, String cause, String... settings) {
    try (LiveJvm agent = start(settings)) {
      assertEquals(exit, agent.awaitExit(), agent::output);
      String said = agent.output().replaceAll("\\s+", " ");
      assertTrue(said.contains("drover: " + code + ": "), said);
      assertTrue(said.contains(cause), said);
      assertTrue(said.contains(" next: "), said);
      assertFalse(said.contains("\tat "), said);
    }
  }

  private int status() {
    CommandLine line = new CommandLine(new Top());
    LocalCommands.addTo(line, AgentRun::run, EnrolAssembly::enrol);
    return Failures.install(line)
        .execute("agent", "status", "--agent-data", directory.resolve("agent").toString());
  }

  @Test
  void secondAgentOnADataDirectory_isRefused_andTheFirstGoesOn() {
    try (LiveJvm first = start()) {
      first.awaitLine("The agent is ready."::equals);
      assertRefused(70, "DATA_DIRECTORY_IN_USE", "Another process uses ");
      assertEquals(0, status(), first::output);
    }
  }

  @Test
  void unknownSetting_isRefusedWithTheNearestOne_beforeAnythingIsMade() {
    assertRefused(64, "CONFIG_UNKNOWN_KEY", "heartbeat", "heartbeet=1s");
    assertFalse(Files.exists(directory.resolve("agent")));
  }

  @Test
  void portThatIsTaken_isNamed() throws IOException {
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    try (ServerSocket taken = new ServerSocket(0, 1, loopback)) {
      String port = Integer.toString(taken.getLocalPort());
      assertRefused(73, "PORT_IN_USE", port, "metrics.enabled=true", "metrics.port=" + port);
    }
  }

  @Test
  void modelFile_thatIsCorrupt_leavesTheAgentWithoutOne() throws IOException {
    Path file = Files.writeString(directory.resolve("model.gguf"), "not a model at all");
    try (LiveJvm agent = start("model.file=" + file)) {
      agent.awaitLine("The agent is ready."::equals);
      agent.awaitLine(line -> line.contains("MODEL_CORRUPT"));
      assertEquals(0, status(), agent::output);
    }
  }
}
