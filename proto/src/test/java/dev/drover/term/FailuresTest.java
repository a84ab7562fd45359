package dev.drover.term;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class FailuresTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @Command(name = "top", description = "What it is for.", subcommands = Work.class)
  private static final class Top {}

  @Command(name = "work", description = "Works.")
  static final class Work implements Callable<Integer> {
    @Option(names = "--how")
    private int how;

    @Override
    public Integer call() {
      throw new DroverException(
              ErrorCode.STORE_FAILED, "It broke.", new AccessDeniedException("/there"))
          .withNextStep("Mend it " + how + " times.");
    }
  }

  @Test
  void failure_ofACommand_hasCodeCauseAndItsOwnNextStep() {
    assertEquals(70, run("work", "--how", "2"));
    assertEquals(
        """
        drover: STORE_FAILED: It broke.
          cause: permission denied: /there
          next: Mend it 2 times.
        """,
        printed());
  }

  @Test
  void commandWithoutItsSubcommand_showsWhatThereIs() {
    assertEquals(64, run());
    assertTrue(printed().contains("What it is for."), printed());
    assertTrue(
        printed().endsWith("INVALID_ARGUMENT: Say what to do: work.\n  next: See top --help.\n"),
        printed());
  }

  @Test
  void misspeltCommand_suggestsTheNearest() {
    assertEquals(64, run("works"));
    assertTrue(printed().contains("INVALID_ARGUMENT: There is no command `works`.\n"), printed());
    assertTrue(printed().contains("did you mean `work`?"), printed());
  }

  @Test
  void wrongOption_namesTheCommandsOwnHelp() {
    assertEquals(64, run("work", "--how", "many"));
    assertTrue(printed().replaceAll("\\s+", " ").contains("'many' is no whole number "), printed());
    assertTrue(printed().contains("next: See top work --help."), printed());
    assertFalse(printed().contains("Works."), printed());
  }

  @Test
  void argumentThatNobodyAskedFor_isNamed() {
    assertEquals(64, run("work", "{\"all\": 1}"));
    assertTrue(printed().contains("`{\"all\": 1}` is one argument too many.\n"), printed());
    assertEquals(64, run("work", "--what"));
    assertTrue(printed().contains("There is no option --what here.\n"), printed());
  }

  @Test
  void startOnAFullDisk_endsLikeAStoreThatFailed() {
    PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
    Terminal terminal = new Terminal(to, to, false);
    DroverException full = new DroverException(ErrorCode.DISK_FULL, "No room.");
    assertEquals(74, Failures.startFailed(full, terminal));
    assertTrue(printed().startsWith("drover: DISK_FULL: No room.\n  next: "), printed());
    DroverException other = new DroverException(ErrorCode.STORE_FAILED, "Not yours.");
    assertEquals(
        other, assertThrows(DroverException.class, () -> Failures.startFailed(other, terminal)));
  }

  @Test
  void failure_thatIsLong_fitsTheTerminal_andKeepsWhatItShowsAsItStands() {
    PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
    String words = "many words ".repeat(12).strip();
    new Terminal(to, to, false)
        .fail(
            new DroverException(ErrorCode.INVALID_ARGUMENT, words + ".\n  a  b\n     ^")
                .withNextStep(words + "."));
    assertTrue(printed().lines().allMatch(line -> line.length() <= TextTable.WIDTH), printed());
    assertTrue(printed().startsWith("drover: INVALID_ARGUMENT: many words "), printed());
    assertTrue(printed().contains("\n  many words"), printed());
    assertTrue(printed().contains("\n  a  b\n     ^\n  next: many"), printed());
    assertTrue(printed().contains("\n        words many"), printed());
  }

  private int run(String... args) {
    PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
    CommandLine line = new CommandLine(new Top());
    line.setErr(new PrintWriter(to, true, StandardCharsets.UTF_8));
    return Failures.install(line, new Terminal(to, to, false)).execute(args);
  }

  private String printed() {
    return printed.toString(StandardCharsets.UTF_8);
  }
}
