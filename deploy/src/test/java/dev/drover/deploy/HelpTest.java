package dev.drover.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/** Every command explains itself: {@code --help} with an example, in 80 columns. */
class HelpTest {
  private static final int WIDTH = 80;

  @Test
  void everyCommand_hasHelpWithAnExample() {
    List<CommandLine> all = new ArrayList<>();
    collect(DroverCommand.line(), all);
    List<String> wrong = new ArrayList<>();
    for (CommandLine line : all) {
      CommandSpec spec = line.getCommandSpec();
      String name = spec.qualifiedName(" ");
      String help = line.getUsageMessage();
      if (spec.findOption("--help") == null) {
        wrong.add(name + " has no --help");
      }
      if (spec.usageMessage().description().length == 0) {
        wrong.add(name + " does not say what it does");
      }
      if (!help.contains("\n  drover ")) {
        wrong.add(name + " has no example");
      }
      for (ArgSpec argument : spec.args()) {
        if (!argument.hidden() && argument.description().length == 0) {
          wrong.add(name + " does not explain " + argument.paramLabel());
        }
      }
      help.lines()
          .filter(row -> row.length() > WIDTH)
          .forEach(row -> wrong.add(name + " is wider than 80 columns: " + row));
    }
    assertTrue(all.size() > 30, () -> "only " + all.size() + " commands");
    assertEquals(List.of(), wrong);
  }

  private static void collect(CommandLine line, List<CommandLine> into) {
    into.add(line);
    line.getSubcommands().values().forEach(sub -> collect(sub, into));
  }
}
