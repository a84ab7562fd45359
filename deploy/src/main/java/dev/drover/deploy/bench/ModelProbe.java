package dev.drover.deploy.bench;

import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.core.model.ModelSpec;
import dev.drover.agent.llm.LlamaRuntime;
import dev.drover.agent.llm.RuntimeBenchmark;
import dev.drover.agent.llm.RuntimeSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A process that loads one model through the agent's runtime, measures it and ends: a model can be
 * loaded once in the life of a process.
 */
public final class ModelProbe {
  static final int PROMPT_TOKENS = 141;
  static final int GENERATED_TOKENS = 48;
  private static final int CONTEXT_TOKENS = 512;

  private ModelProbe() {}

  /**
   * Prints threads, prompt and generation speed.
   *
   * @param arguments model file, directory for the native library, runs
   */
  public static void main(String[] arguments) {
    ModelRuntime runtime =
        LlamaRuntime.create(RuntimeSettings.defaults(Path.of(arguments[1])), System::nanoTime);
    var unused = runtime.load(ModelSpec.of(Path.of(arguments[0]), CONTEXT_TOKENS));
    RuntimeBenchmark.Result result =
        new RuntimeBenchmark(runtime)
            .run(PROMPT_TOKENS, GENERATED_TOKENS, Integer.parseInt(arguments[2]));
    System.out.println(
        "result " + result.promptTokensPerSecond() + " " + result.generatedTokensPerSecond());
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  /** Starts one with the flags of an agent. */
  static Process start(Path model, Path directory, int runs) throws IOException {
    return ProbeJvm.of(
            ModelProbe.class,
            List.of("-Xmx48m"),
            List.of(model.toString(), directory.toString(), Integer.toString(runs)))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
