package dev.drover.term;

import java.util.List;

/**
 * Text that is drawn anew in its place while it changes, on a terminal that understands cursor
 * movement. Only what changed is written, in one write, so that nothing flickers. Not thread-safe.
 */
public final class LiveScreen {
  private static final String ESCAPE = "\u001b[";
  private static final String WRAP_OFF = ESCAPE + "?7l";
  private static final String WRAP_ON = ESCAPE + "?7h";
  private static final String REST_OF_LINE = ESCAPE + "K";
  private static final String REST_OF_SCREEN = ESCAPE + "J";

  private final Terminal terminal;
  private List<String> shown = List.of();

  /** Makes a screen that begins where the cursor is, which is at the beginning of a line. */
  public LiveScreen(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Returns how many lines fit, the one of the cursor left out. */
  public int room() {
    return Math.max(1, terminal.rows() - 1);
  }

  /** Draws a text in the place of the one before; lines that do not fit are left out. */
  public void show(String text) {
    List<String> lines = text.lines().limit(room()).toList();
    if (lines.equals(shown)) {
      return;
    }
    StringBuilder out = new StringBuilder(WRAP_OFF);
    up(out);
    for (int i = 0; i < lines.size(); i++) {
      boolean same = i < shown.size() && lines.get(i).equals(shown.get(i));
      // Before the line: after its last column this would erase that.
      out.append(same ? "" : REST_OF_LINE + lines.get(i)).append("\r\n");
    }
    write(out.append(REST_OF_SCREEN).append(WRAP_ON));
    shown = lines;
  }

  /** Takes the text away; what is printed next stands in its place. */
  public void clear() {
    StringBuilder out = new StringBuilder();
    up(out);
    write(out.append(REST_OF_SCREEN));
    shown = List.of();
  }

  private void up(StringBuilder out) {
    if (!shown.isEmpty()) {
      out.append(ESCAPE).append(shown.size()).append('A');
    }
    out.append('\r');
  }

  private void write(StringBuilder out) {
    terminal.out().print(out);
    terminal.out().flush();
  }
}
