package dev.drover.agent.llm;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.ModelParameters;
import de.kherud.llama.args.PoolingType;
import java.nio.file.Path;
import org.awaitility.Awaitility;

/** The engine without its adapter: each argument is a way to lose the process. */
public final class HazardMain {
  private static final int LINGERED = 3;

  private HazardMain() {}

  /** Does what is named first with the model named second. */
  public static void main(String[] args) {
    NativeLibrary.installAndUse(Path.of("native"));
    ModelParameters parameters =
        new ModelParameters()
            .setModel(args[1])
            .setCtxSize(256)
            .setThreads(1)
            .skipWarmup()
            .disableLog();
    switch (args[0]) {
      case "linger" -> linger(parameters);
      case "schema" -> LlamaModel.jsonSchemaToGrammar("{\"type\":\"nothing\"}");
      case "average" -> {
        parameters.enableEmbedding().setPoolingType(PoolingType.MEAN);
        new LlamaModel(parameters).embed("a");
      }
      case "probabilities" ->
          new LlamaModel(parameters)
              .complete(new InferenceParameters("a").setNPredict(2).setNProbs(2));
      case "temperature" ->
          new LlamaModel(parameters)
              .complete(new InferenceParameters("a").setNPredict(2).setTemperature(Float.NaN));
      default -> throw new IllegalArgumentException(args[0]);
    }
    System.out.println("survived");
  }

  /** Returns from main; a daemon sees that the JVM waits for a thread that never ends. */
  private static void linger(ModelParameters parameters) {
    LlamaModel model = new LlamaModel(parameters);
    // Once it has answered, the engine's own thread is surely known to the JVM.
    model.complete(new InferenceParameters("a").setNPredict(1));
    model.close();
    Thread watcher =
        new Thread(
            () -> {
              Awaitility.await().until(HazardMain::waitsToEnd);
              System.out.println("main ended, process did not");
              Runtime.getRuntime().exit(LINGERED);
            });
    watcher.setDaemon(true);
    watcher.start();
  }

  /** The thread that ends the JVM exists from the end of main on. */
  private static boolean waitsToEnd() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("DestroyJavaVM"));
  }
}
