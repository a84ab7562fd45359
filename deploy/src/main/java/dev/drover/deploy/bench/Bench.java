package dev.drover.deploy.bench;

import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * What every row has: where it may write, what it starts, how much it may do.
 *
 * @param root directory of this run, deleted at its end
 * @param launcher the command that starts parts
 * @param runs samples of what is not measured many times by itself
 * @param idleSeconds how long a process is left alone before its memory is read
 * @param devices simulated devices
 * @param terminal where progress is shown
 */
record Bench(
    Path root,
    Path launcher,
    int runs,
    int idleSeconds,
    int devices,
    Map<String, String> environment,
    Terminal terminal,
    Clock clock,
    LongSupplier nanoTime) {

  double secondsSince(long startedNanos) {
    return (nanoTime.getAsLong() - startedNanos) / 1e9;
  }

  /** Shows what is going on: in place on a terminal, as a line elsewhere. */
  void progress(String detail) {
    String text = "  .. " + detail;
    String line = text.substring(0, Math.min(text.length(), TextTable.WIDTH - 1));
    if (terminal.colour()) {
      terminal.out().print("\r\u001b[K" + line);
    } else {
      terminal.out().println(line);
    }
    terminal.out().flush();
  }

  /** Looks every few milliseconds until the condition holds. */
  void await(String what, int seconds, BooleanSupplier condition) {
    long end = nanoTime.getAsLong() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.getAsBoolean()) {
      if (nanoTime.getAsLong() > end) {
        throw new CheckFailed("Waited " + seconds + " s for " + what + ".");
      }
      pause(5);
    }
  }

  static void pause(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new CheckFailed("This was interrupted.");
    }
  }
}
