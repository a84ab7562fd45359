package dev.drover.deploy.bench;

import dev.drover.agent.models.Catalogue;
import dev.drover.agent.models.CatalogueModel;
import dev.drover.agent.models.ModelStore;
import dev.drover.deploy.fleet.CheckFailed;
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
  private static final String UNIT = "tok/s";
  private static final double PROMPT_RATIO = 0.93;
  private static final double GENERATION_RATIO = 0.95;
  private static final int MINUTES = 10;

  /** Of each process in each run; their median is the run's. */
  private static final int SAMPLES = 3;

  @Override
  public String name() {
    return "model";
  }

  @Override
  public List<Figure> run(Bench bench) throws IOException {
    ModelStore store = ModelStore.inCache(bench.environment());
    LlamaBench same = LlamaBench.same(bench.environment());
    Optional<LlamaBench> best = LlamaBench.best(bench.environment());
    List<Figure> figures = new ArrayList<>();
    for (CatalogueModel model : Catalogue.bundled().models()) {
      Optional<Path> file = store.find(model.sha256());
      if (file.isPresent()) {
        figures.addAll(measure(bench, model.id(), file.get(), same, best));
      } else {
        figures.add(absent(model.id() + " prompt and answer", model));
      }
    }
    return figures;
  }

  /** Returns what is said of a figure whose model is not here. */
  static Figure absent(String figure, CatalogueModel model) {
    String get = "Get it: drover model pull " + model.id();
    return Figure.absent(figure, "not measured: " + model.name() + " is not here. " + get);
  }

  /** In turn, so that what else the machine does meets all of them. */
  private static List<Figure> measure(
      Bench bench, String model, Path file, LlamaBench same, Optional<LlamaBench> best)
      throws IOException {
    ModelSpeed.Runs own = new ModelSpeed.Runs();
    ModelSpeed.Runs peer = new ModelSpeed.Runs();
    ModelSpeed.Runs bestPeer = new ModelSpeed.Runs();
    for (int run = 1; run <= bench.runs(); run++) {
      bench.progress("model: " + model + ", run " + run);
      own.add(own(bench, file));
      same.measure(file, SAMPLES).ifPresent(peer::add);
      if (best.isPresent()) {
        best.get().measure(file, SAMPLES).ifPresent(bestPeer::add);
      }
    }
    List<Figure> figures = new ArrayList<>(figures(model, "", own, same.said(), peer));
    figures.set(0, figures.get(0).within(Budget.ratioAtLeast(PROMPT_RATIO)));
    figures.set(1, figures.get(1).within(Budget.ratioAtLeast(GENERATION_RATIO)));
    best.ifPresent(named -> figures.addAll(figures(model, ", best", own, named.said(), bestPeer)));
    return figures;
  }

  private static List<Figure> figures(
      String model, String beside, ModelSpeed.Runs own, String said, ModelSpeed.Runs peer) {
    return List.of(
        Figure.of(model + " prompt" + beside, own.prompt(), UNIT, said, peer.prompt().median()),
        Figure.of(model + " answer" + beside, own.answer(), UNIT, said, peer.answer().median()));
  }

  private static ModelSpeed own(Bench bench, Path model) throws IOException {
    Path directory = Files.createDirectories(bench.root().resolve("native"));
    String output = output(ModelProbe.start(model, directory, SAMPLES));
    String line =
        output
            .lines()
            .filter(each -> each.startsWith("result "))
            .findFirst()
            .orElseThrow(() -> new CheckFailed("The model was not measured: " + output.strip()));
    String[] words = line.split(" ", -1);
    return new ModelSpeed(Double.parseDouble(words[1]), Double.parseDouble(words[2]));
  }

  /** Returns what a process printed; its output is small, so it never waits for us. */
  static String output(Process process) throws IOException {
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
