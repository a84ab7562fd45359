package dev.drover.agent.cli;

import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.v1.GiveConsentRequest;
import dev.drover.v1.ListWaitingRequest;
import dev.drover.v1.WaitingExecution;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code drover agent consent}. */
@Command(
    name = "consent",
    mixinStandardHelpOptions = true,
    description = "See what waits on this device, and say yes to what needs its owner.",
    footer = {
      "",
      "Only somebody on the device can say yes, and each yes is recorded.",
      "",
      "Examples:",
      "  drover agent consent ls",
      "  drover agent consent give j12-3"
    })
public final class ConsentCommand {
  private static final String PREFIX = "WAITS_FOR_";

  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "List what waits on this device, in the order in which it would start.",
      footer = {"", "Example:", "  drover agent consent ls --json"})
  void list(@Mixin AgentOptions agent) {
    List<WaitingExecution> waiting;
    try (AgentConnection connection = agent.connect()) {
      waiting =
          connection.calls().listWaiting(ListWaitingRequest.getDefaultInstance()).getWaitingList();
    }
    TextTable table = new TextTable("EXECUTION", "WHAT", "WAITS FOR", "OWNER", "UNTIL");
    for (WaitingExecution one : waiting) {
      table.row(
          one.getExecution(),
          one.getTask(),
          words(one.getWaitsFor().name()),
          owner(one),
          Terminal.time(one.getExpiresMs()));
    }
    agent.terminal().list(agent.json(), waiting, table, "Nothing waits on this device.");
  }

  @Command(
      name = "give",
      mixinStandardHelpOptions = true,
      description = "Say yes to an execution that needs the owner's consent.",
      footer = {"", "Example:", "  drover agent consent give j12-3"})
  void give(
      @Mixin AgentOptions agent,
      @Parameters(paramLabel = "EXECUTION", description = "See consent ls.") String execution) {
    try (AgentConnection connection = agent.connect()) {
      var unused =
          connection
              .calls()
              .giveConsent(GiveConsentRequest.newBuilder().setExecution(execution).build());
    }
    agent.terminal().out().println("You said yes to " + execution + "; it is recorded.");
  }

  private static String owner(WaitingExecution one) {
    return one.getConsented() ? "said yes" : one.getNeedsOwner() ? "is asked" : "-";
  }

  private static String words(String reason) {
    return reason.startsWith(PREFIX)
        ? reason.substring(PREFIX.length()).toLowerCase(Locale.ROOT)
        : "its turn";
  }
}
