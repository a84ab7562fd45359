package dev.drover.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.drover.agent.llm.LlamaRuntime;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A build of llama.cpp's own benchmark.
 *
 * @param program empty where it is missing
 * @param said what it is as a peer, or why it is missing
 */
record LlamaBench(Optional<Path> program, String said) {
  /** Names the build with the instruction sets of the agent's library. */
  static final String SAME = "DROVER_LLAMA_BENCH";

  /** Names the build with all instructions that this machine has. */
  static final String BEST = "DROVER_LLAMA_BENCH_BEST";

  private static final String NAME = "llama-bench";

  /** Returns the build that budgets are about: the one that is named, or that on the path. */
  static LlamaBench same(Map<String, String> environment) {
    if (environment.containsKey(SAME)) {
      return named(environment, SAME, "the same file and threads");
    }
    for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      Path file = Path.of(folder, NAME);
      if (!folder.isEmpty() && Files.isExecutable(file)) {
        return of(file, "the same file and threads");
      }
    }
    return new LlamaBench(Optional.empty(), NAME + " is not on the PATH and not in " + SAME);
  }

  /** Returns the best build for this machine, which is asked only where somebody names it. */
  static Optional<LlamaBench> best(Map<String, String> environment) {
    return environment.containsKey(BEST)
        ? Optional.of(named(environment, BEST, "the best build for this machine, for information"))
        : Optional.empty();
  }

  private static LlamaBench named(Map<String, String> environment, String variable, String what) {
    Path file = Path.of(environment.getOrDefault(variable, ""));
    return Files.isRegularFile(file) && Files.isExecutable(file)
        ? of(file, what)
        : new LlamaBench(Optional.empty(), variable + " names no program: " + file);
  }

  private static LlamaBench of(Path file, String what) {
    return new LlamaBench(Optional.of(file), file + ", " + what);
  }

  /** Measures a model; nothing where it is missing. */
  Optional<ModelSpeed> measure(Path model, int samples) throws IOException {
    if (program.isEmpty()) {
      return Optional.empty();
    }
    List<String> command =
        new ArrayList<>(List.of(program.get().toString(), "-m", model.toString()));
    command.addAll(List.of("-p", Integer.toString(ModelProbe.PROMPT_TOKENS)));
    command.addAll(List.of("-n", Integer.toString(ModelProbe.GENERATED_TOKENS)));
    command.addAll(List.of("-t", Integer.toString(LlamaRuntime.threads())));
    command.addAll(List.of("-r", Integer.toString(samples), "-o", "json"));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    return Optional.of(speed(ModelRow.output(process)));
  }

  /** Returns the medians of what it printed, not a number for what it did not measure. */
  static ModelSpeed speed(String json) throws IOException {
    double prompt = Double.NaN;
    double answer = Double.NaN;
    for (JsonNode test : new ObjectMapper().readTree(json)) {
      Samples samples = new Samples();
      test.path("samples_ts").forEach(each -> samples.add(each.asDouble()));
      if (test.path("n_gen").asInt() == 0) {
        prompt = samples.median();
      } else {
        answer = samples.median();
      }
    }
    return new ModelSpeed(prompt, answer);
  }
}
