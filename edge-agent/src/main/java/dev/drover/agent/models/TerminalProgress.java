package dev.drover.agent.models;

import dev.drover.term.TextTable;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Shows progress to a person: a bar that redraws itself on a terminal and never fills its last
 * column, for a line that wraps cannot be drawn again; a line for every tenth elsewhere. Not
 * thread-safe.
 */
public final class TerminalProgress implements Progress, AutoCloseable {
  private static final int BAR_CHARS_MAX = 30;
  private static final int BAR_CHARS_MIN = 10;
  private static final int FRAME_CHARS = " []".length();
  private static final String CUT = "...";
  private static final long REDRAW_NANOS = 200_000_000L;
  private static final double MIB = 1024.0 * 1024.0;

  private final PrintWriter out;
  private final boolean terminal;
  private final LongSupplier nanoTime;
  private String current = "";
  private long startNanos;
  private long startBytes;
  private long drawnNanos;
  private int tenth;
  private boolean open;

  /**
   * Writes to a stream.
   *
   * @param terminal whether the stream can redraw a line
   * @param nanoTime monotonic time in nanoseconds
   */
  public TerminalProgress(PrintWriter out, boolean terminal, LongSupplier nanoTime) {
    this.out = out;
    this.terminal = terminal;
    this.nanoTime = nanoTime;
  }

  @Override
  public void at(String what, long done, long total) {
    long now = nanoTime.getAsLong();
    boolean fresh = !what.equals(current);
    if (fresh) {
      end();
      current = what;
      startNanos = now;
      startBytes = done;
      tenth = -1;
    }
    boolean whole = done >= total;
    if (terminal) {
      if (fresh || whole || now - drawnNanos > REDRAW_NANOS) {
        drawnNanos = now;
        out.print("\r" + line(done, total, now) + "\u001b[K");
        out.flush();
        open = true;
      }
    } else if (total > 0 && done * 10 / total != tenth) {
      tenth = (int) (done * 10 / total);
      out.println(line(done, total, now));
      out.flush();
    }
  }

  @Override
  public void note(String line) {
    end();
    out.println(line);
    out.flush();
  }

  @Override
  public void close() {
    end();
  }

  /** Ends a line that is still open, so that something else can be printed. */
  public void end() {
    if (open) {
      out.println();
      out.flush();
      open = false;
    }
  }

  private String line(long done, long total, long now) {
    double share = total <= 0 ? 1 : Math.min(1.0, (double) done / total);
    double seconds = (now - startNanos) / 1e9;
    double rate = seconds > 0 ? (done - startBytes) / MIB / seconds : 0;
    String figures =
        String.format(
            Locale.ROOT, " %3d%% of %.0f MiB, %.1f MiB/s", (int) (share * 100), total / MIB, rate);
    return terminal ? drawn(share, figures) : current + figures;
  }

  private String drawn(double share, String figures) {
    int room = TextTable.WIDTH - 1 - FRAME_CHARS - figures.length();
    int words = Math.min(current.length(), room - BAR_CHARS_MIN);
    int chars = Math.min(BAR_CHARS_MAX, room - words);
    int full = (int) (share * chars);
    String what =
        words == current.length() ? current : current.substring(0, words - CUT.length()) + CUT;
    return what + " [" + "#".repeat(full) + "-".repeat(chars - full) + "]" + figures;
  }
}
