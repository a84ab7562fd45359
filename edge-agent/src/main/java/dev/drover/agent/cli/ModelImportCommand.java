package dev.drover.agent.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.agent.llm.AvailableMemory;
import dev.drover.agent.llm.LlamaRuntime;
import dev.drover.agent.models.ModelImporter;
import dev.drover.agent.models.ModelStore;
import dev.drover.agent.models.TerminalProgress;
import dev.drover.content.GgufHeader;
import dev.drover.content.ModelFit;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code model import}: takes in any GGUF file after saying whether it fits here. */
@Command(
    name = "import",
    description = "Take a GGUF file into the store and say whether it fits this machine.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  drover model import my-model.Q8_0.gguf",
      "  drover model import big.gguf --context 4096 --anyway"
    })
final class ModelImportCommand implements Callable<Integer> {
  private static final long AGENT_BYTES = 80L << 20;

  @ParentCommand private @Nullable ModelCommand parent;
  @Mixin private final ModelCommand.StoreOption where = new ModelCommand.StoreOption();

  @Parameters(paramLabel = "FILE", description = "A GGUF file; it is copied and stays.")
  private Path file = Path.of("");

  @Option(
      names = "--context",
      paramLabel = "TOKENS",
      description = "Context to plan memory for (default: ${DEFAULT-VALUE}).")
  private int contextTokens = 2048;

  @Option(names = "--anyway", description = "Take it in even if it does not fit this machine.")
  private boolean anyway;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    ModelCommand command = ModelCommand.requireParent(parent);
    GgufHeader header = ModelImporter.inspect(file);
    ModelFit fit = LlamaRuntime.fit(header, contextTokens, AGENT_BYTES, AvailableMemory.bytes());
    if (!anyway) {
      refuseWhereUnfit(fit);
    }
    ModelStore store = where.store(command);
    try (TerminalProgress progress = command.progress()) {
      String sha256 = new ModelImporter(store).take(file, progress);
      progress.end();
      report(command, store, sha256, header, fit);
    }
    return 0;
  }

  private static void refuseWhereUnfit(ModelFit fit) {
    if (!fit.fits()) {
      ErrorCode code = fit.problem().orElse(ErrorCode.INTERNAL);
      throw new DroverException(code, fit.summary() + " Use --anyway to take it in nevertheless.");
    }
  }

  private void report(
      ModelCommand command, ModelStore store, String sha256, GgufHeader header, ModelFit fit) {
    if (json) {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      node.put("sha256", sha256);
      node.put("file", store.path(sha256).toString());
      node.put("architecture", fit.architecture());
      node.put("architectureKnown", fit.architectureKnown());
      node.put("chatTemplate", header.hasChatTemplate());
      node.put("bytes", header.fileLength());
      node.put("neededBytes", fit.neededBytes());
      node.put("availableBytes", fit.availableBytes());
      node.put("fits", fit.fits());
      command.printJson(node);
      return;
    }
    command.out().println(store.path(sha256));
    command.out().println("architecture " + fit.architecture());
    command.out().println((fit.fits() ? "fits: " : "does not fit: ") + fit.summary());
  }
}
