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
import java.util.List;
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
      Path typed = Path.of(environment.getOrDefault("DROVER_LAUNCHER", "drover"));
      throw new DroverException(
          ErrorCode.ALREADY_EXISTS,
          "A fleet of the demo is running. Stop it: " + Machine.typed(typed) + " down");
    }
    if (report != null) {
      // What is there from before is not of this run, and a path that cannot be is said at once.
      new Checks(terminal, nanoTime).report(report);
    }
    Machine.delete(root);
    Path launcher = Machine.launcher(environment);
    Path cache = Files.createDirectories(Places.cache(environment).toAbsolutePath());
    (small ? DemoNeeds.SMALL : DemoNeeds.LARGE).require(DemoNeeds.Machinery.here(cache));
    Path smallFile = model(terminal, SMALL);
    Path largeFile = small ? smallFile : model(terminal, LARGE);
    byte[] passphrase = new byte[PASSPHRASE_BYTES];
    new SecureRandom().nextBytes(passphrase);
    List<Integer> ports = Machine.freePorts(2);
    Workplace place = Workplace.at(Files.createDirectories(root));
    Path smallModel = link(root, SMALL, smallFile);
    Path largeModel = small ? smallModel : link(root, LARGE, largeFile);
    DemoSetup.Made made =
        new DemoSetup.Made(
            Hashes.hex(passphrase).toCharArray(),
            ports.get(0),
            ports.get(1),
            smallModel,
            largeModel);
    Demo demo =
        new Demo(new DemoOptions(small, keep, seed), place, launcher, terminal, clock, nanoTime);
    return demo.run(made, report) ? 0 : 1;
  }

  /** Returns the directory of the demo. */
  public static Path root(Map<String, String> environment) {
    return Places.cache(environment).resolve("demo").toAbsolutePath();
  }

  private Path model(Terminal terminal, String id) throws IOException {
    ModelStore store = ModelStore.inCache(environment);
    PrintWriter out = new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8);
    try (TerminalProgress progress = new TerminalProgress(out, terminal.colour(), nanoTime)) {
      CatalogueModel model = Catalogue.bundled().find(id);
      return new ModelPuller(store, environment, nanoTime).pull(model, progress);
    }
  }

  /** Returns a link to a model that has its name, which is shown to people. */
  private static Path link(Path root, String id, Path file) throws IOException {
    return Files.createSymbolicLink(root.resolve(id + ".gguf"), file);
  }
}
