package dev.drover.agent.cli;

import com.google.protobuf.Struct;
import dev.drover.agent.api.Structs;
import dev.drover.term.Json;
import dev.drover.v1.AskRequest;
import dev.drover.v1.AskResponse;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover ask}. */
@Command(
    name = "ask",
    mixinStandardHelpOptions = true,
    description = "Ask the model of the agent on this machine; nothing leaves the machine.",
    footer = {
      "",
      "Examples:",
      "  drover ask \"Why is the sky blue?\"",
      "  drover ask --schema urgent.json \"Is this urgent? The pump leaks.\"",
      "  drover ask --agent-data /var/lib/drover --max-tokens 64 \"Say hello.\""
    })
public final class AskCommand implements Callable<Integer> {
  @Mixin private final AgentOptions agent = new AgentOptions();

  @Parameters(paramLabel = "TEXT", description = "What to ask.")
  private String text = "";

  @Option(
      names = "--schema",
      paramLabel = "FILE",
      description = "JSON Schema of the answer: booleans, enums, bounded integers.")
  private @Nullable Path schema;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "Longest answer, 1 to 2048; 256 by default.")
  private int maxTokens;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Draw another answer; 0, the default, always takes the likeliest.")
  private int seed;

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Instructions that come before the question.")
  private String system = "";

  @Override
  public Integer call() {
    AskRequest.Builder request =
        AskRequest.newBuilder()
            .setPrompt(text)
            .setMaxTokens(maxTokens)
            .setSeed(seed)
            .setSystem(system);
    if (schema != null) {
      request.setAnswerSchema(JsonInput.file(schema));
    }
    try (AgentConnection connection = agent.connect()) {
      print(connection.work().ask(request.build()));
    }
    return 0;
  }

  private void print(Iterator<AskResponse> pieces) {
    PrintStream out = agent.terminal().out();
    StringBuilder whole = new StringBuilder();
    AskResponse last = AskResponse.getDefaultInstance();
    while (pieces.hasNext()) {
      last = pieces.next();
      whole.append(last.getText());
      if (!agent.json() && schema == null) {
        out.print(last.getText());
        out.flush();
      }
    }
    if (agent.json()) {
      out.println(Json.of(last.toBuilder().setText(whole.toString()).build()));
    } else if (schema != null) {
      out.println(line(last.getAnswer()));
    } else {
      out.println();
    }
  }

  private static String line(Struct answer) {
    return Structs.json(answer).toString();
  }
}
