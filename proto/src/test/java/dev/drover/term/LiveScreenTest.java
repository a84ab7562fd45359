package dev.drover.term;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LiveScreenTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
  private final LiveScreen screen = new LiveScreen(new Terminal(to, to, true, 4));

  private String taken() {
    String text = printed.toString(StandardCharsets.UTF_8).replace("\u001b[", "^");
    printed.reset();
    return text;
  }

  @Test
  void text_isDrawnInItsPlace_onlyWhereItChanged() {
    screen.show("one\ntwo\n");
    assertEquals("^?7l\r^Kone\r\n^Ktwo\r\n^J^?7h", taken());
    screen.show("one\ntwo\n");
    assertEquals("", taken());
    screen.show("one\nthree\n");
    assertEquals("^?7l^2A\r\r\n^Kthree\r\n^J^?7h", taken());
    screen.show("one\n");
    assertEquals("^?7l^2A\r\r\n^J^?7h", taken());
    screen.clear();
    assertEquals("^1A\r^J", taken());
    screen.clear();
    assertEquals("\r^J", taken());
  }

  @Test
  void text_thatIsTooHigh_isCutBelow() {
    assertEquals(3, screen.room());
    screen.show("a\nb\nc\nd\ne\n");
    assertEquals("^?7l\r^Ka\r\n^Kb\r\n^Kc\r\n^J^?7h", taken());
  }
}
