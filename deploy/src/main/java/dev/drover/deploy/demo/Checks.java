package dev.drover.deploy.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.crypto.DurableFiles;
import dev.drover.term.Terminal;
import dev.drover.wire.DroverException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/** What held and what did not, printed as it is found. Not thread-safe. */
final class Checks {
  private record Check(String name, boolean ok, double seconds, String detail) {}

  /** A part of the demo that says in words what it saw, or fails. */
  @FunctionalInterface
  interface Part {
    String run() throws Exception;
  }

  private final Terminal terminal;
  private final LongSupplier nanoTime;
  private final List<Check> checks = new ArrayList<>();

  Checks(Terminal terminal, LongSupplier nanoTime) {
    this.terminal = terminal;
    this.nanoTime = nanoTime;
  }

  /**
   * Runs a part and notes how it went.
   *
   * @return whether it held; a part that throws did not
   */
  boolean run(String name, Part part) {
    long started = nanoTime.getAsLong();
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
    terminal.out().printf(Locale.ROOT, "%s %-24s %6.1f s  %s%n", mark, name, seconds, detail);
    terminal.out().flush();
    return ok;
  }

  /** Notes a part that is left out, visibly; it does not count as held or failed. */
  void leftOut(String name, String why) {
    terminal.out().printf("%s %-24s           %s%n", terminal.yellow("  -- "), name, why);
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
