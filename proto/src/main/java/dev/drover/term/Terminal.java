package dev.drover.term;

import com.google.protobuf.Message;
import dev.drover.wire.DroverException;
import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Where a command prints: plain text, with colour only on a terminal that wants it. */
public final class Terminal {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final int ROWS = 24;

  /** Where the second line of a failure begins. */
  private static final int CONTINUED = 2;

  private final PrintStream out;
  private final PrintStream err;
  private final boolean colour;
  private final int rows;

  /**
   * Makes a terminal.
   *
   * @param colour whether escape sequences are understood
   */
  public Terminal(PrintStream out, PrintStream err, boolean colour) {
    this(out, err, colour, ROWS);
  }

  /**
   * Makes a terminal of this height.
   *
   * @param rows lines that are seen at once
   */
  public Terminal(PrintStream out, PrintStream err, boolean colour, int rows) {
    this.out = out;
    this.err = err;
    this.colour = colour;
    this.rows = rows;
  }

  /**
   * Returns the process's own terminal; colour if the launcher says that standard output is one
   * ({@code DROVER_TTY=1}), {@code NO_COLOR} is not set and {@code TERM} is not dumb; as high as it
   * says in {@code DROVER_ROWS}.
   */
  public static Terminal system() {
    boolean terminal = "1".equals(System.getenv("DROVER_TTY")) && System.getenv("NO_COLOR") == null;
    boolean dumb = "dumb".equals(System.getenv("TERM"));
    return new Terminal(System.out, System.err, terminal && !dumb, rowsOf("DROVER_ROWS"));
  }

  private static int rowsOf(String variable) {
    String rows = System.getenv(variable);
    return rows != null && rows.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(rows) : ROWS;
  }

  /** Returns where results go. */
  public PrintStream out() {
    return out;
  }

  /** Returns whether colour and cursor movement are understood. */
  public boolean colour() {
    return colour;
  }

  /** Returns how many lines are seen at once. */
  public int rows() {
    return rows;
  }

  /**
   * Prints a list: JSON for programs, a table for people.
   *
   * @param none what to say to a person where it is empty
   */
  public void list(boolean json, List<? extends Message> all, TextTable table, String none) {
    if (json) {
      out.println(Json.of(all));
    } else {
      out.print(table.isEmpty() ? none + "\n" : table.render());
    }
  }

  /**
   * Prints a failure as code, cause and next step, in lines that fit {@link TextTable#WIDTH}. Of a
   * message in lines only the first is wrapped: the others show something as it stands.
   */
  public void fail(DroverException failure) {
    String code = "drover: " + failure.code();
    String[] message = String.valueOf(failure.getMessage()).split("\n", 2);
    String first = Wrapped.hanging(0, CONTINUED, code + ": " + message[0]);
    err.println(red(code) + first.substring(code.length()));
    if (message.length > 1) {
      err.println(message[1]);
    }
    Reasons.of(failure).ifPresent(reason -> labelled("  cause: ", reason));
    labelled("  next: ", failure.nextStep());
  }

  private void labelled(String label, String text) {
    err.println(label + Wrapped.text(label.length(), text));
  }

  /** Returns the text in green. */
  public String green(String text) {
    return paint("32", text);
  }

  /** Returns the text in red. */
  public String red(String text) {
    return paint("31", text);
  }

  /** Returns the text in yellow. */
  public String yellow(String text) {
    return paint("33", text);
  }

  /** Returns the text in bold. */
  public String bold(String text) {
    return paint("1", text);
  }

  private String paint(String code, String text) {
    return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }

  /** Returns a time in UTC, or a dash for 0. */
  public static String time(long ms) {
    return ms == 0 ? "-" : TIME.format(Instant.ofEpochMilli(ms));
  }

  /** Returns how long ago something was: {@code 12 s}, {@code 3 min}, {@code 5 h}, {@code 2 d}. */
  public static String ago(long thenMs, long nowMs) {
    if (thenMs == 0) {
      return "never";
    }
    long seconds = Math.max(0, nowMs - thenMs) / 1000;
    if (seconds < 60) {
      return seconds + " s";
    }
    if (seconds < 3600) {
      return seconds / 60 + " min";
    }
    return seconds < 86_400 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
  }
}
