package dev.drover.term;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TextTableTest {
  @Test
  void render_alignsColumns() {
    TextTable table = new TextTable("NAME", "N").row("é-long-name", 1).row("b", 22);
    assertEquals("NAME         N\né-long-name  1\nb            22\n", table.render());
  }

  @Test
  void render_tooWide_cutsTheWidestColumn() {
    TextTable table = new TextTable("A", "B").row("x".repeat(50), "y".repeat(70)).row("p", "q");
    for (String line : table.render().split("\n")) {
      assertTrue(line.length() <= TextTable.WIDTH, line);
    }
    assertTrue(table.render().contains("…"));
  }

  @Test
  void row_ofAnotherLength_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> new TextTable("A").row("x", "y"));
  }

  @Test
  void wrapped_keepsACommandOnOneLine() {
    String text = "x ".repeat(35) + "`drover rollout approve j1 --spec 3fa9c2d1`, or deny";
    assertEquals(
        "x ".repeat(35).strip() + "\n  `drover rollout approve j1 --spec 3fa9c2d1`, or deny",
        Wrapped.text(2, text));
    assertEquals("a `b c", Wrapped.text(0, "a `b c"), "nothing is lost without a second one");
  }

  @Test
  void terminal_withoutColour_printsNoEscapes() {
    Terminal plain =
        new Terminal(
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            System.err,
            false);
    assertEquals("ok", plain.green("ok"));
    assertEquals("2026-11-21 00:00:00Z", Terminal.time(1_795_219_200_000L));
    assertEquals("3 min", Terminal.ago(1, 180_001));
    assertEquals("never", Terminal.ago(0, 5));
  }
}
