package dev.drover.agent.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TerminalProgressTest {
  private static final long MIB = 1 << 20;
  private static final String CLEAR = "\u001b[K";

  private final StringWriter printed = new StringWriter();
  private final AtomicLong nanos = new AtomicLong();

  private TerminalProgress progress(boolean terminal) {
    return new TerminalProgress(new PrintWriter(printed), terminal, nanos::get);
  }

  private void pass(long ms) {
    nanos.addAndGet(ms * 1_000_000);
  }

  /** Returns what was drawn over one line, one after another, and what stands below it. */
  private List<String> drawn() {
    return List.of(printed.toString().split("\r", -1));
  }

  @Test
  void terminal_isDrawnOverOneLine_whichEndsWithTheWork() {
    try (TerminalProgress progress = progress(true)) {
      progress.at("tiny", 0, 100 * MIB);
      pass(1000);
      progress.at("tiny", 50 * MIB, 100 * MIB);
      pass(1000);
      progress.at("tiny", 100 * MIB, 100 * MIB);
    }
    assertEquals(
        List.of(
            "",
            "tiny [" + "-".repeat(30) + "]   0% of 100 MiB, 0.0 MiB/s" + CLEAR,
            "tiny [" + "#".repeat(15) + "-".repeat(15) + "]  50% of 100 MiB, 50.0 MiB/s" + CLEAR,
            "tiny [" + "#".repeat(30) + "] 100% of 100 MiB, 50.0 MiB/s" + CLEAR + "\n"),
        drawn());
  }

  @Test
  void terminal_isDrawnAgain_onlyAfterAWhile_orAtTheEnd() {
    TerminalProgress progress = progress(true);
    progress.at("tiny", 0, MIB);
    for (int i = 1; i < 1000; i++) {
      progress.at("tiny", i, MIB);
    }
    assertEquals(2, drawn().size());
    pass(201);
    progress.at("tiny", 1000, MIB);
    progress.at("tiny", 1001, MIB);
    assertEquals(3, drawn().size());
    progress.at("tiny", MIB, MIB);
    assertEquals(4, drawn().size());
    assertTrue(drawn().get(3).contains("100%"), printed::toString);
  }

  @Test
  void lineOnATerminal_neverWraps_andKeepsItsFiguresAndABar() {
    for (int length : List.of(1, 10, 18, 40, 44, 60, 300)) {
      printed.getBuffer().setLength(0);
      TerminalProgress progress = progress(true);
      String what = length + "m".repeat(length);
      progress.at(what, 0, 2000 * MIB);
      pass(1000);
      progress.at(what, 2000 * MIB, 2000 * MIB);
      String line = drawn().get(2).replace(CLEAR, "");
      assertTrue(line.length() <= 79, line);
      assertTrue(line.contains("##########] 100% of 2000 MiB, 2000.0 MiB/s"), line);
      assertTrue(line.startsWith(what) || line.contains("mmm... ["), line);
    }
  }

  @Test
  void anotherThing_beginsALineOfItsOwn_withItsOwnSpeed() {
    TerminalProgress progress = progress(true);
    progress.at("first", 0, 10 * MIB);
    pass(10_000);
    progress.at("second", 4 * MIB, 10 * MIB);
    pass(1000);
    progress.at("second", 6 * MIB, 10 * MIB);
    progress.note("Left web example.org: it is away.");
    progress.close();
    List<String> drawn = drawn();
    assertTrue(drawn.get(1).endsWith(CLEAR + "\n"), printed::toString);
    assertTrue(drawn.get(3).contains(" 60% of 10 MiB, 2.0 MiB/s"), printed::toString);
    assertTrue(drawn.get(3).endsWith("\nLeft web example.org: it is away.\n"), printed::toString);
  }

  @Test
  void file_getsALineForEveryTenth_withoutEscapes() {
    try (TerminalProgress progress = progress(false)) {
      for (int i = 0; i <= 1000; i++) {
        pass(10);
        progress.at("tiny from web example.org", i * MIB, 1000 * MIB);
      }
      progress.note("Done.");
    }
    List<String> lines = printed.toString().lines().toList();
    assertEquals(12, lines.size(), printed::toString);
    assertTrue(lines.get(5).startsWith("tiny from web example.org  50% of 1000 MiB, "));
    assertTrue(lines.get(10).contains(" 100% of "), lines.get(10));
    assertEquals("Done.", lines.get(11));
    assertFalse(printed.toString().contains("\r") || printed.toString().contains("\u001b"));
  }

  @Test
  void share_isNotRoundedUpToAll() {
    TerminalProgress progress = progress(true);
    progress.at("tiny", 999, 1000);
    assertTrue(drawn().get(1).contains("-]  99% of"), printed::toString);
  }

  @Test
  void nothingToDo_isAllDone() {
    progress(true).at("tiny", 0, 0);
    assertTrue(drawn().get(1).contains("#] 100% of 0 MiB, 0.0 MiB/s"), printed::toString);
    progress(false).at("tiny", 0, 0);
    assertEquals(2, drawn().size());
  }
}
