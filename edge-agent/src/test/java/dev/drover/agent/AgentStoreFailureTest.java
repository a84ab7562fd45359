package dev.drover.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.cli.LocalCommands;
import dev.drover.term.Failures;
import dev.drover.testkit.LiveJvm;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** An agent whose disk refuses writes ends by itself and works again on a disk that takes them. */
class AgentStoreFailureTest {
  private static final String READY = "The agent is ready.";

  @TempDir private Path directory;

  @Command(name = "drover")
  private static final class Top {}

  @Test
  void disk_refusesWrites_agentEndsWithACode_andComesBack() {
    try (LiveJvm agent = start()) {
      assertEquals(0, callTool());
      agent.refuseWrites();
      assertNotEquals(0, callTool());
      assertEquals(Failures.STORE_EXIT_CODE, agent.awaitExit(), agent::output);
      assertTrue(agent.output().contains("drover: STORE_FAILED: "), agent::output);
      assertTrue(agent.output().contains("  next: "), agent::output);
    }
    try (LiveJvm again = start()) {
      assertEquals(0, callTool(), again::output);
    }
  }

  private LiveJvm start() {
    LiveJvm agent =
        LiveJvm.start(directory, Main.class, "agent", "run", "--data", data().toString());
    agent.awaitLine(READY::equals);
    return agent;
  }

  /** Calls a tool, which the agent records before it answers. */
  private int callTool() {
    CommandLine line = new CommandLine(new Top());
    LocalCommands.addTo(line, AgentRun::run, EnrolAssembly::enrol);
    return Failures.install(line)
        .execute("tool", "call", "device.status", "--agent-data", data().toString());
  }

  private Path data() {
    return directory.resolve("agent");
  }
}
