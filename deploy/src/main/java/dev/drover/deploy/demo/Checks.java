package dev.drover.deploy.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.crypto.DurableFiles;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.term.LiveScreen;
import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.term.Wrapped;
import dev.drover.wire.DroverException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What held and what did not, printed as it is found. Not thread-safe. */
final class Checks {
  private static final int MARK_WIDTH = 5;
  private static final int TABLE_INDENT = 4;

  private record Check(String name, boolean ok, double seconds, String detail) {}

  /** A part of the demo that says in words what it saw, or fails. */
  @FunctionalInterface
  interface Part {
    String run() throws Exception;
  }

  private final Terminal terminal;
  private final LongSupplier nanoTime;
  private final List<Check> checks = new ArrayList<>();
  private final LiveScreen screen;
  private @Nullable LiveWork work;
  private String running = "";

  Checks(Terminal terminal, LongSupplier nanoTime) {
    this.terminal = terminal;
    this.nanoTime = nanoTime;
    this.screen = new LiveScreen(terminal);
  }

  /** Shows this below the running check from now on, where there is a terminal. */
  void follow(LiveWork toShow) {
    work = toShow;
  }

  /**
   * Runs a part and notes how it went.
   *
   * @return whether it held; a part that throws did not
   */
  boolean run(String name, Part part) {
    long started = nanoTime.getAsLong();
    if (work != null) {
      work.clear();
    }
    status(name, "");
    String detail;
    boolean ok;
    try {
      detail = part.run();
      ok = true;
    } catch (CheckFailed failed) {
      detail = String.valueOf(failed.getMessage());
      ok = false;
    } catch (DroverException failed) {
      detail = failed.forPerson();
      ok = false;
    } catch (Exception failed) {
      detail = failed.toString();
      ok = false;
    }
    double seconds = (nanoTime.getAsLong() - started) / 1e9;
    checks.add(new Check(name, ok, seconds, detail));
    String mark = ok ? terminal.green("  ok ") : terminal.red("FAIL ");
    line(mark, name, String.format(Locale.ROOT, "%5.1f s", seconds), detail);
    return ok;
  }

  /** Prints a check, its detail beside it in lines of words that fit the width. */
  private void line(String mark, String name, String seconds, String detail) {
    String head = String.format(Locale.ROOT, " %-23s %7s  ", name, seconds);
    clear();
    terminal.out().println(mark + head + Wrapped.text(MARK_WIDTH + head.length(), detail));
    terminal.out().flush();
  }

  /** Shows on a terminal what is going on, until the next line is printed. */
  void status(String name, String detail) {
    if (terminal.colour()) {
      String text = String.format(Locale.ROOT, "  ..  %-23s %s", name, detail);
      int end = Math.min(text.length(), TextTable.WIDTH - 1);
      screen.show(text.substring(0, end) + "\n" + (work == null ? "" : work.look()));
    }
    running = name;
  }

  /** Shows on a terminal how far the running check is. */
  void progress(String detail) {
    status(running, detail);
  }

  /** Shows a table between the checks. */
  void show(TextTable table) {
    clear();
    PrintStream out = terminal.out();
    out.println();
    out.print(table.render().indent(TABLE_INDENT));
    out.println();
  }

  private void clear() {
    if (terminal.colour()) {
      screen.clear();
    }
  }

  /** Notes a part that is left out, visibly; it does not count as held or failed. */
  void leftOut(String name, String why) {
    line(terminal.yellow("  -- "), name, "-", why);
  }

  /** Throws unless the condition holds. */
  static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new CheckFailed(otherwise);
    }
  }

  boolean allHeld() {
    return !checks.isEmpty() && checks.stream().allMatch(Check::ok);
  }

  void summary() {
    long held = checks.stream().filter(Check::ok).count();
    double seconds = checks.stream().mapToDouble(Check::seconds).sum();
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "%n%s: %d of %d checks held in %.0f s.%n",
            allHeld() ? terminal.green("Everything works") : terminal.red("Not everything works"),
            held,
            checks.size(),
            seconds);
  }

  /** Writes the report as JSON, durable on return. */
  void report(Path file) {
    ObjectNode report = new ObjectMapper().createObjectNode();
    report.put("ok", allHeld());
    ArrayNode list = report.putArray("checks");
    for (Check check : checks) {
      ObjectNode item = list.addObject();
      item.put("name", check.name);
      item.put("ok", check.ok);
      item.put("seconds", Math.round(check.seconds * 1000) / 1000.0);
      item.put("detail", check.detail);
    }
    DurableFiles.replace(
        file, report.toPrettyString().getBytes(StandardCharsets.UTF_8), DurableFiles.PUBLIC);
  }
}
