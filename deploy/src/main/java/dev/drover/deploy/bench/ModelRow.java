package dev.drover.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.drover.agent.llm.LlamaRuntime;
import dev.drover.agent.models.Catalogue;
import dev.drover.agent.models.CatalogueModel;
import dev.drover.agent.models.ModelStore;
import dev.drover.deploy.fleet.CheckFailed;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Prompt and generation speed of each model that is here, beside llama.cpp's own benchmark. */
final class ModelRow implements Row {
  private static final String TOOL = "llama-bench";
  private static final String VARIABLE = "DROVER_LLAMA_BENCH";
  private static final double PROMPT_RATIO = 0.93;
  private static final double GENERATION_RATIO = 0.95;
  private static final int MINUTES = 10;

  /** Of each process in each run; their median is the run's. */
  private static final int SAMPLES = 3;

  @Override
  public String name() {
    return "model";
  }

  private record Speed(double prompt, double generation) {}

  @Override
  public List<Figure> run(Bench bench) throws IOException {
    ModelStore store = ModelStore.inCache(bench.environment());
    Optional<Path> tool = tool(bench);
    List<Figure> figures = new ArrayList<>();
    for (CatalogueModel model : Catalogue.bundled().models()) {
      Optional<Path> file = store.find(model.sha256());
      if (file.isEmpty()) {
        continue;
      }
      Samples ownPrompt = new Samples();
      Samples ownAnswer = new Samples();
      Samples peerPrompt = new Samples();
      Samples peerAnswer = new Samples();
      // In turn, so that what else the machine does meets both.
      for (int run = 1; run <= bench.runs(); run++) {
        bench.progress("model: " + model.id() + ", run " + run);
        Speed own = own(bench, file.get());
        ownPrompt.add(own.prompt());
        ownAnswer.add(own.generation());
        if (tool.isPresent()) {
          Speed peer = peer(tool.get(), file.get());
          peerPrompt.add(peer.prompt());
          peerAnswer.add(peer.generation());
        }
      }
      String said =
          tool.map(path -> path + ", the same file and threads")
              .orElse(TOOL + " is not on the PATH and not in " + VARIABLE);
      figures.add(
          Figure.of(model.id() + " prompt", ownPrompt, "tok/s", said, peerPrompt.median())
              .within(Budget.ratioAtLeast(PROMPT_RATIO)));
      figures.add(
          Figure.of(model.id() + " answer", ownAnswer, "tok/s", said, peerAnswer.median())
              .within(Budget.ratioAtLeast(GENERATION_RATIO)));
    }
    if (figures.isEmpty()) {
      throw new CheckFailed("No model is here. Get one: drover model pull smollm2-135m");
    }
    return figures;
  }

  private static Optional<Path> tool(Bench bench) {
    String named = bench.environment().get(VARIABLE);
    if (named != null) {
      return Optional.of(Path.of(named)).filter(Files::isExecutable);
    }
    String path = bench.environment().getOrDefault("PATH", "");
    for (String folder : path.split(File.pathSeparator, -1)) {
      Path file = Path.of(folder, TOOL);
      if (!folder.isEmpty() && Files.isExecutable(file)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  private static Speed own(Bench bench, Path model) throws IOException {
    Path directory = Files.createDirectories(bench.root().resolve("native"));
    String output = output(ModelProbe.start(model, directory, SAMPLES));
    String line =
        output
            .lines()
            .filter(each -> each.startsWith("result "))
            .findFirst()
            .orElseThrow(() -> new CheckFailed("The model was not measured: " + output.strip()));
    String[] words = line.split(" ", -1);
    return new Speed(Double.parseDouble(words[1]), Double.parseDouble(words[2]));
  }

  private static Speed peer(Path tool, Path model) throws IOException {
    List<String> command = new ArrayList<>(List.of(tool.toString(), "-m", model.toString()));
    command.addAll(List.of("-p", Integer.toString(ModelProbe.PROMPT_TOKENS)));
    command.addAll(List.of("-n", Integer.toString(ModelProbe.GENERATED_TOKENS)));
    command.addAll(List.of("-t", Integer.toString(LlamaRuntime.threads())));
    command.addAll(List.of("-r", Integer.toString(SAMPLES), "-o", "json"));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    double prompt = Double.NaN;
    double generation = Double.NaN;
    for (JsonNode test : new ObjectMapper().readTree(output(process))) {
      Samples samples = new Samples();
      test.path("samples_ts").forEach(each -> samples.add(each.asDouble()));
      if (test.path("n_gen").asInt() == 0) {
        prompt = samples.median();
      } else {
        generation = samples.median();
      }
    }
    return new Speed(prompt, generation);
  }

  /** Returns what a process printed; its output is small, so it never waits for us. */
  private static String output(Process process) throws IOException {
    try {
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        throw new CheckFailed("A measurement took more than " + MINUTES + " minutes.");
      }
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new CheckFailed("This was interrupted.");
    } finally {
      process.destroyForcibly();
    }
  }
}
