package dev.drover.agent.llm;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaIterator;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.ModelParameters;
import de.kherud.llama.Pair;
import de.kherud.llama.args.PoolingType;
import dev.drover.agent.core.model.Capabilities;
import dev.drover.agent.core.model.ChatMessage;
import dev.drover.agent.core.model.EmbeddingPooling;
import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.ModelSpec;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The adapter to {@code de.kherud:llama} 4.2.0 (llama.cpp b4916): the only class that knows it.
 *
 * <p>What it never calls: anything that fetches a model from a network, log-probabilities and the
 * engine's own schema converter (both abort the process).
 */
final class KherudEngine implements NativeEngine {
  private static final Set<String> ARCHITECTURES =
      Set.of(
          "llama",
          "deci",
          "falcon",
          "gpt2",
          "gptneox",
          "mpt",
          "baichuan",
          "starcoder",
          "refact",
          "bloom",
          "stablelm",
          "qwen",
          "qwen2",
          "qwen2moe",
          "qwen2vl",
          "phi2",
          "phi3",
          "phimoe",
          "plamo",
          "codeshell",
          "orion",
          "internlm2",
          "minicpm",
          "minicpm3",
          "gemma",
          "gemma2",
          "gemma3",
          "starcoder2",
          "mamba",
          "xverse",
          "command-r",
          "cohere2",
          "dbrx",
          "olmo",
          "olmo2",
          "olmoe",
          "openelm",
          "arctic",
          "deepseek",
          "deepseek2",
          "chatglm",
          "bitnet",
          "jais",
          "nemotron",
          "exaone",
          "rwkv6",
          "rwkv7",
          "granite",
          "granitemoe",
          "chameleon");

  /** The library leaks a whole context at each close, so a process loads once. */
  private static final AtomicBoolean LOADED_ONCE = new AtomicBoolean();

  private final Path nativeDirectory;
  private @Nullable LlamaModel model;

  KherudEngine(Path nativeDirectory) {
    this.nativeDirectory = nativeDirectory;
  }

  /** Returns the values of {@code general.architecture} that the engine knows. */
  static Set<String> architectures() {
    return ARCHITECTURES;
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(
        "de.kherud:llama 4.2.0 (llama.cpp b4916)", false, false, false, false, ARCHITECTURES);
  }

  @Override
  public void load(ModelSpec spec) {
    NativeLibrary.requireUsable();
    NativeLibrary.installAndUse(nativeDirectory);
    if (!LOADED_ONCE.compareAndSet(false, true)) {
      throw new DroverException(
          ErrorCode.ILLEGAL_TRANSITION, "This process has loaded a model already; restart it.");
    }
    ModelParameters parameters =
        new ModelParameters()
            .setModel(spec.file().toAbsolutePath().toString())
            .setCtxSize(spec.contextTokens())
            .setParallel(1)
            .setThreads(spec.threads())
            .setThreadsBatch(spec.threads())
            .skipWarmup()
            .disableContextShift()
            .disableLog();
    if (spec.pooling() != EmbeddingPooling.NONE) {
      parameters
          .enableEmbedding()
          .setPoolingType(
              spec.pooling() == EmbeddingPooling.CLS ? PoolingType.CLS : PoolingType.LAST);
    }
    try {
      model = new LlamaModel(parameters);
    } catch (LinkageError missing) {
      throw new DroverException(
          ErrorCode.RUNTIME_UNAVAILABLE, "The engine's library does not load here.", missing);
    }
  }

  @Override
  public int tokens(String text) {
    return open().encode(text).length;
  }

  @Override
  public String template(List<ChatMessage> words) {
    String system = "";
    List<Pair<String, String>> turns = new ArrayList<>();
    for (ChatMessage message : words) {
      switch (message.role()) {
        case SYSTEM -> system = message.text();
        case USER -> turns.add(new Pair<>("user", message.text()));
        case ASSISTANT -> turns.add(new Pair<>("assistant", message.text()));
      }
    }
    return open().applyTemplate(new InferenceParameters("").setMessages(system, turns));
  }

  @Override
  public Stream start(GenerationRequest request) {
    InferenceParameters parameters =
        new InferenceParameters(request.prompt())
            .setNPredict(request.tokensMax())
            .setSeed(request.sampling().seed())
            .setTemperature(request.sampling().temperature())
            .setIgnoreEos(request.sampling().ignoreEnd())
            .setCachePrompt(request.reusePrefix());
    if (request.grammar() != null) {
      parameters.setGrammar(request.grammar());
    }
    if (!request.stop().isEmpty()) {
      parameters.setStopStrings(request.stop().toArray(new String[0]));
    }
    return new Pieces(open().generate(parameters).iterator());
  }

  @Override
  public float[] embed(String text) {
    return open().embed(text);
  }

  @Override
  public void close() {
    if (model != null) {
      model.close();
    }
  }

  private LlamaModel open() {
    if (model == null) {
      throw new DroverException(ErrorCode.MODEL_NOT_LOADED, "No model is loaded.");
    }
    return model;
  }

  private record Pieces(LlamaIterator iterator) implements Stream {
    @Override
    public @Nullable String next() {
      return iterator.hasNext() ? iterator.next().text : null;
    }

    @Override
    public void cancel() {
      if (iterator.hasNext()) {
        iterator.cancel();
      }
    }
  }
}
