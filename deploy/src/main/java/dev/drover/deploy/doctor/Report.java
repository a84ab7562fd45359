package dev.drover.deploy.doctor;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.deploy.doctor.Finding.Level;
import dev.drover.term.Terminal;
import dev.drover.term.Wrapped;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Shows findings, for people in 80 columns or for programs. */
final class Report {
  private static final int NAME_WIDTH = 14;
  private static final int INDENT = 2 + 4 + 2 + NAME_WIDTH + 1;

  private Report() {}

  /** Returns whether nothing is wrong; a warning is not. */
  static boolean fine(List<Finding> findings) {
    return findings.stream().noneMatch(finding -> finding.level() == Level.FAIL);
  }

  static String json(List<Finding> findings) {
    ObjectNode report = new ObjectMapper().createObjectNode();
    report.put("ok", fine(findings));
    ArrayNode checks = report.putArray("checks");
    for (Finding finding : findings) {
      checks
          .addObject()
          .put("area", finding.area())
          .put("name", finding.name())
          .put("level", finding.level().mark().toLowerCase(Locale.ROOT))
          .put("code", finding.code())
          .put("detail", finding.detail())
          .put("next", finding.next());
    }
    return report.toPrettyString();
  }

  static void print(Terminal terminal, List<Finding> findings) {
    PrintStream out = terminal.out();
    String area = "";
    for (Finding finding : findings) {
      if (!finding.area().equals(area)) {
        out.println((area.isEmpty() ? "" : "\n") + terminal.bold(finding.area()));
        area = finding.area();
      }
      String mark = mark(terminal, finding.level());
      String name = String.format(Locale.ROOT, "%-" + NAME_WIDTH + "s ", finding.name());
      String code = finding.code().isEmpty() ? "" : finding.code() + ": ";
      out.println("  " + mark + "  " + name + Wrapped.text(INDENT, code + finding.detail()));
      if (!finding.next().isEmpty()) {
        String next = "next: ";
        int indent = INDENT + next.length();
        out.println(" ".repeat(INDENT) + next + Wrapped.text(indent, finding.next()));
      }
    }
    out.println("\n" + summary(terminal, findings));
  }

  private static String mark(Terminal terminal, Level level) {
    String mark = String.format(Locale.ROOT, "%-4s", level.mark());
    return switch (level) {
      case OK -> terminal.green(mark);
      case INFO -> mark;
      case WARN -> terminal.yellow(mark);
      case FAIL -> terminal.red(mark);
    };
  }

  private static String summary(Terminal terminal, List<Finding> findings) {
    long wrong = findings.stream().filter(finding -> finding.level() == Level.FAIL).count();
    long doubtful = findings.stream().filter(finding -> finding.level() == Level.WARN).count();
    String doubts = doubtful == 0 ? "" : " " + doubtful + " to keep an eye on.";
    return wrong == 0
        ? terminal.green("Nothing is wrong.") + doubts
        : terminal.red(wrong + (wrong == 1 ? " thing is wrong." : " things are wrong.")) + doubts;
  }
}
