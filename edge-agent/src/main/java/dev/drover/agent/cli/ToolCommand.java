package dev.drover.agent.cli;

import dev.drover.agent.api.Structs;
import dev.drover.term.TextTable;
import dev.drover.v1.CallToolRequest;
import dev.drover.v1.ListToolsRequest;
import dev.drover.v1.Tool;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover tool}. */
@Command(
    name = "tool",
    mixinStandardHelpOptions = true,
    description = "List and call the tools of the agent on this machine.",
    footer = {
      "",
      "Examples:",
      "  drover tool ls",
      "  drover tool call device.status",
      "  drover tool call files.read --args '{\"path\": \"log/today.txt\"}'"
    })
public final class ToolCommand {
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "List the tools.",
      footer = {"", "Example:", "  drover tool ls --json"})
  void list(@Mixin AgentOptions agent) {
    List<Tool> tools;
    try (AgentConnection connection = agent.connect()) {
      tools = connection.calls().listTools(ListToolsRequest.getDefaultInstance()).getToolsList();
    }
    TextTable table = new TextTable("TOOL", "RISK", "HUB", "WHAT IT DOES");
    for (Tool tool : tools) {
      table.row(
          tool.getName(),
          tool.getRisk().name().toLowerCase(Locale.ROOT).replace('_', '-'),
          tool.getHubMayCall() ? "yes" : "no",
          tool.getDescription());
    }
    agent.terminal().list(agent.json(), tools, table, "No tools.");
  }

  @Command(
      name = "call",
      mixinStandardHelpOptions = true,
      description = "Call a tool and print its result as JSON.",
      footer = {
        "",
        "Examples:",
        "  drover tool call files.list",
        "  drover tool call files.search --args '{\"text\": \"error\"}'"
      })
  void call(
      @Mixin AgentOptions agent,
      @Parameters(paramLabel = "NAME", description = "See tool ls.") String name,
      @Option(
              names = "--args",
              paramLabel = "JSON",
              description = "The arguments, one JSON object.",
              defaultValue = "{}")
          String arguments,
      @Option(
              names = "--key",
              paramLabel = "KEY",
              description = "Idempotency key: two calls with the same key are one call.",
              defaultValue = "")
          String key) {
    CallToolRequest request =
        CallToolRequest.newBuilder()
            .setName(name)
            .setArguments(JsonInput.parse("--args", arguments))
            .setIdempotencyKey(key)
            .build();
    try (AgentConnection connection = agent.connect()) {
      agent
          .terminal()
          .out()
          .println(Structs.json(connection.work().callTool(request).getResult()).toPrettyString());
    }
  }
}
