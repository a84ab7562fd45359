package dev.drover.agent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.api.ServerFixture;
import dev.drover.agent.api.StepRuntime;
import dev.drover.term.Failures;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.ByteArrayInputStream;
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
import picocli.CommandLine;
import picocli.CommandLine.Command;

class LocalCommandsTest {
  @TempDir Path data;
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final ByteArrayOutputStream failures = new ByteArrayOutputStream();
  private final List<String> tokens = new ArrayList<>();
  private ServerFixture fixture;

  @Command(name = "drover")
  private static final class Top {}

  @BeforeEach
  void start() {
    fixture =
        new ServerFixture(
            data.resolve("run/agent.sock"), new StepRuntime(false, "tru", "e}"), null);
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(failures, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void stop() {
    System.setOut(out);
    System.setErr(err);
    fixture.close();
  }

  @Test
  void consent_lsAndGive_tellAndTakeTheOwnersWord() {
    assertEquals(0, run("agent", "consent", "ls"));
    assertTrue(text().contains("j12-3"), text());
    assertTrue(text().contains("install assist/2.0.0"), text());
    assertTrue(text().contains("owner"), text());
    assertEquals(0, run("agent", "consent", "give", "j12-3"));
    assertEquals(List.of("j12-3"), fixture.consents);
    assertEquals(64, run("agent", "consent", "give", "no such/../thing"));
  }

  @Test
  void tool_lsAndCall_showWhatTheAgentHas() {
    assertEquals(0, run("tool", "ls"));
    assertTrue(text().startsWith("TOOL"), text());
    assertTrue(text().contains("test.echo  read-only  yes"), text());

    printed.reset();
    assertEquals(0, run("tool", "ls", "--json"));
    assertTrue(text().contains("\"hub_may_call\": true"), text());

    printed.reset();
    assertEquals(0, run("tool", "call", "test.echo", "--args", "{\"number\": 5}"));
    assertEquals("{\n  \"number\" : 5\n}\n", text());
  }

  @Test
  void tool_thatIsUnknownOrGivenNonsense_failsWithItsCode() {
    assertEquals(66, run("tool", "call", "test.none"));
    assertTrue(failed().contains("NOT_FOUND"), failed());
    assertEquals(64, run("tool", "call", "test.echo", "--args", "[1]"));
  }

  @Test
  void ask_question_printsTheAnswer() throws IOException {
    assertEquals(0, run("ask", "Is it urgent?"));
    assertEquals("true}\n", text());

    Path schema = data.resolve("schema.json");
    Files.writeString(
        schema,
        """
        {"type": "object", "additionalProperties": false, "required": ["urgent"],
         "properties": {"urgent": {"type": "boolean"}}}
        """);
    printed.reset();
    assertEquals(0, run("ask", "--schema", schema.toString(), "Is it urgent?"));
    assertEquals("{\"urgent\":true}\n", text());

    printed.reset();
    assertEquals(0, run("ask", "--json", "Is it urgent?"));
    assertTrue(text().contains("\"answer_tokens\": 2"), text());
  }

  @Test
  void agentStatus_showsItAndWithoutAgentSaysSo() {
    assertEquals(0, run("agent", "status"));
    assertTrue(text().contains("agent     1.2.3, process 42"), text());

    fixture.close();
    assertEquals(75, run("agent", "status"));
    assertTrue(failed().contains("UNAVAILABLE"), failed());
  }

  @Test
  void agentRun_readsSettingsAndGivesItsExitCode() {
    assertEquals(75, line("").execute("agent", "run", "--data", data.toString()));
    assertEquals(64, line("").execute("agent", "run", "--set", "modelfile=x"));
  }

  @Test
  void enrol_takesTheTokenFromFileOrInput() throws IOException {
    Path file = Files.writeString(data.resolve("token"), "secret-1");
    String dir = data.toString();

    assertEquals(77, line("").execute("enrol", "--data", dir, "--token-file", file.toString()));
    assertEquals(77, line("secret-2").execute("enrol", "--data", dir, "--token-file", "-"));

    assertEquals(List.of("secret-1", "secret-2"), tokens);
  }

  private int run(String... command) {
    List<String> whole = new ArrayList<>(List.of(command));
    whole.add("--agent-data");
    whole.add(data.toString());
    return line("").execute(whole.toArray(new String[0]));
  }

  private CommandLine line(String input) {
    CommandLine line = new CommandLine(new Top());
    AgentCommand.Runner runner =
        (own, terminal) -> {
          assertEquals(data, own.atStart().dataDir());
          return 75;
        };
    EnrolCommand.Enroller enroller =
        (dir, token, root, proxy) -> {
          tokens.add(token);
          throw new DroverException(ErrorCode.TOKEN_EXPIRED, "Too old.");
        };
    ByteArrayInputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.US_ASCII));
    line.addSubcommand(new AgentCommand(runner));
    line.addSubcommand(new EnrolCommand(enroller, in));
    line.addSubcommand(new AskCommand());
    line.addSubcommand(new ToolCommand());
    return Failures.install(line);
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  private String failed() {
    return failures.toString(StandardCharsets.UTF_8);
  }
}
