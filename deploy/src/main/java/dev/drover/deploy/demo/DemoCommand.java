package dev.drover.deploy.demo;

import dev.drover.agent.models.Catalogue;
import dev.drover.agent.models.CatalogueModel;
import dev.drover.agent.models.ModelPuller;
import dev.drover.agent.models.ModelStore;
import dev.drover.agent.models.TerminalProgress;
import dev.drover.config.Places;
import dev.drover.crypto.Hashes;
import dev.drover.deploy.fleet.Machine;
import dev.drover.deploy.fleet.Workplace;
import dev.drover.term.Terminal;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code drover demo}. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = "Run a whole fleet on this machine and check that everything works.",
    footer = {
      "",
      "Examples:",
      "  drover demo            with a model that reads well (1.1 GB)",
      "  drover demo --small    with the small one alone (98 MB)",
      "  drover demo --keep     and leave the fleet running"
    })
public final class DemoCommand implements Callable<Integer> {
  private static final String SMALL = "smollm2-135m";
  private static final String LARGE = "qwen2.5-coder-1.5b";
  private static final int PASSPHRASE_BYTES = 16;

  @Option(names = "--small", description = "Use the small model alone.")
  private boolean small;

  @Option(names = "--keep", description = "Leave the fleet running; stop it with `drover down`.")
  private boolean keep;

  @Option(names = "--seed", paramLabel = "N", description = "Of notes and failures; 1 by default.")
  private long seed = 1;

  @Option(names = "--report", paramLabel = "FILE", description = "Write what was seen as JSON.")
  private @Nullable Path report;

  private final Map<String, String> environment;
  private final Clock clock;
  private final LongSupplier nanoTime;

  /** Makes the command. */
  public DemoCommand(Map<String, String> environment, Clock clock, LongSupplier nanoTime) {
    this.environment = environment;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  @Override
  public Integer call() throws IOException {
    Terminal terminal = Terminal.system();
    Path root = root(environment);
    if (DemoState.isRunning(root)) {
      throw new DroverException(
          ErrorCode.ALREADY_EXISTS, "A fleet of the demo is running. Stop it: drover down");
    }
    Machine.delete(root);
    Files.createDirectories(root);
    (small ? DemoNeeds.SMALL : DemoNeeds.LARGE).require(root);
    Path smallModel = model(terminal, root, SMALL);
    Path largeModel = small ? smallModel : model(terminal, root, LARGE);
    byte[] passphrase = new byte[PASSPHRASE_BYTES];
    new SecureRandom().nextBytes(passphrase);
    DemoSetup.Made made =
        new DemoSetup.Made(
            Hashes.hex(passphrase).toCharArray(),
            Machine.freePort(),
            Machine.freePort(),
            smallModel,
            largeModel);
    Demo demo =
        new Demo(
            new DemoOptions(small, keep, seed),
            Workplace.at(root),
            Machine.launcher(environment),
            terminal,
            clock,
            nanoTime);
    return demo.run(made, report) ? 0 : 1;
  }

  /** Returns the directory of the demo. */
  public static Path root(Map<String, String> environment) {
    return Places.cache(environment).resolve("demo").toAbsolutePath();
  }

  /** Gets a model and returns a link to it that has its name, which is shown to people. */
  private Path model(Terminal terminal, Path root, String id) throws IOException {
    ModelStore store = ModelStore.inCache(environment);
    PrintWriter out = new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8);
    CatalogueModel model = Catalogue.bundled().find(id);
    try (TerminalProgress progress = new TerminalProgress(out, terminal.colour(), nanoTime)) {
      Path file = new ModelPuller(store, environment, nanoTime).pull(model, progress);
      Path link = root.resolve(model.id() + ".gguf");
      return Files.createSymbolicLink(link, file);
    }
  }
}
