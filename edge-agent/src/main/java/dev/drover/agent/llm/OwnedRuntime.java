package dev.drover.agent.llm;

import dev.drover.agent.core.model.Capabilities;
import dev.drover.agent.core.model.ChatMessage;
import dev.drover.agent.core.model.EmbeddingPooling;
import dev.drover.agent.core.model.Generation;
import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.GenerationResult;
import dev.drover.agent.core.model.LoadedModel;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.core.model.ModelSpec;
import dev.drover.agent.core.model.TextListener;
import dev.drover.agent.llm.grammar.Grammar;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The runtime over any native engine: what the engine does not check is checked here. */
final class OwnedRuntime implements ModelRuntime {
  private static final Logger LOG = LoggerFactory.getLogger(OwnedRuntime.class);
  private static final int TEXT_CHARS_MAX = 1 << 20;

  private final NativeEngine engine;
  private final ModelCheck check;
  private final RuntimeSettings settings;
  private final LongSupplier nanoTime;
  private final OwnerThread owner;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable LoadedModel model;
  private volatile boolean engineEntered;

  OwnedRuntime(
      NativeEngine engine, ModelCheck check, RuntimeSettings settings, LongSupplier nanoTime) {
    this.engine = engine;
    this.check = check;
    this.settings = settings;
    this.nanoTime = nanoTime;
    this.owner = new OwnerThread(settings.queueMax(), settings.closeLimit(), nanoTime);
  }

  @Override
  public Capabilities capabilities() {
    return engine.capabilities();
  }

  @Override
  public LoadedModel load(ModelSpec spec) {
    if (spec.pooling() == EmbeddingPooling.MEAN) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "This engine cannot average embeddings; use LAST or CLS.");
    }
    String architecture = check.check(spec, capabilities().architectures());
    return owner.submit((Call<LoadedModel> call) -> loadOwned(spec, architecture), null).await();
  }

  private LoadedModel loadOwned(ModelSpec spec, String architecture) {
    if (model != null) {
      throw new DroverException(
          ErrorCode.ILLEGAL_TRANSITION, "A model is loaded already; restart the process.");
    }
    int threads = spec.threads() == 0 ? PhysicalCores.count() : spec.threads();
    ModelSpec full = new ModelSpec(spec.file(), spec.contextTokens(), threads, spec.pooling());
    long start = nanoTime.getAsLong();
    engineEntered = true;
    enter(full);
    long loadedAt = nanoTime.getAsLong();
    warmUp();
    Duration warmUp = Duration.ofNanos(nanoTime.getAsLong() - loadedAt);
    EmbeddingPooling pooling = distinguishesTexts(spec) ? spec.pooling() : EmbeddingPooling.NONE;
    LoadedModel loaded =
        new LoadedModel(
            spec.file(),
            architecture,
            spec.contextTokens(),
            threads,
            pooling,
            Duration.ofNanos(loadedAt - start),
            warmUp);
    model = loaded;
    LOG.atInfo()
        .addKeyValue("architecture", architecture)
        .addKeyValue("contextTokens", spec.contextTokens())
        .addKeyValue("threads", threads)
        .addKeyValue("loadMs", loaded.loadTime().toMillis())
        .addKeyValue("warmUpMs", warmUp.toMillis())
        .log("Model loaded");
    return loaded;
  }

  private void enter(ModelSpec spec) {
    try {
      owner.guarded(
          settings.loadLimit(),
          () -> {
            engine.load(spec);
            return true;
          });
    } catch (DroverException refused) {
      throw refused;
    } catch (RuntimeException failed) {
      // The engine never says why; the header was sound and the memory there.
      throw new DroverException(
          ErrorCode.MODEL_CORRUPT, "The engine refuses the model's contents.", failed);
    }
  }

  /**
   * Generates one token, on purpose not by the engine's own warm-up: that would leave a second team
   * of threads behind and make everything after it four times slower.
   */
  private void warmUp() {
    GenerationRequest tiny = GenerationRequest.of("a", 1, settings.loadLimit()).withoutPrefix();
    NativeEngine.Stream stream = owner.guarded(settings.loadLimit(), () -> engine.start(tiny));
    while (owner.guarded(settings.loadLimit(), stream::next) != null) {
      // One token and its end; the text does not matter.
    }
  }

  /** Returns whether embeddings were asked for and two texts get different ones. */
  private boolean distinguishesTexts(ModelSpec spec) {
    if (spec.pooling() == EmbeddingPooling.NONE) {
      return false;
    }
    float[] one = owner.guarded(settings.loadLimit(), () -> engine.embed("the lamp is on"));
    float[] other = owner.guarded(settings.loadLimit(), () -> engine.embed("seven green boats"));
    if (Arrays.equals(one, other)) {
      LOG.atWarn().log("Embeddings are switched off: different texts get the same vector");
      return false;
    }
    return true;
  }

  @Override
  public Optional<LoadedModel> loaded() {
    return Optional.ofNullable(model);
  }

  @Override
  public int tokens(String text) {
    requireText(text);
    requireLoaded();
    return owner
        .submit(
            (Call<Integer> call) -> owner.guarded(settings.tokenLimit(), () -> engine.tokens(text)),
            null)
        .await();
  }

  @Override
  public String render(List<ChatMessage> messages) {
    requireLoaded();
    return ChatRenderer.render(
        messages,
        words ->
            owner
                .submit(
                    (Call<String> call) ->
                        owner.guarded(settings.tokenLimit(), () -> engine.template(words)),
                    null)
                .await());
  }

  @Override
  public Generation generate(GenerationRequest request, TextListener listener) {
    Grammar grammar = request.grammar() == null ? null : Grammar.of(request.grammar());
    int contextTokens = requireLoaded().contextTokens();
    GenerationWork work =
        new GenerationWork(
            new GenerationWork.Engine(engine, owner, settings, nanoTime),
            contextTokens,
            request,
            grammar,
            listener);
    return new Running(owner.submit(work, request.deadline()));
  }

  @Override
  public float[] embed(String text) {
    requireText(text);
    LoadedModel current = requireLoaded();
    if (current.pooling() == EmbeddingPooling.NONE) {
      throw new DroverException(
          ErrorCode.MODEL_NOT_LOADED, "The loaded model makes no embeddings.");
    }
    return owner
        .submit((Call<float[]> call) -> embedOwned(text, current.contextTokens()), null)
        .await();
  }

  private float[] embedOwned(String text, int contextTokens) {
    int tokens = owner.guarded(settings.tokenLimit(), () -> engine.tokens(text));
    if (tokens + LoadedModel.MARK_TOKENS > contextTokens) {
      throw new DroverException(
          ErrorCode.PROMPT_TOO_LONG,
          "The text (" + tokens + " tokens) does not fit a context of " + contextTokens + ".");
    }
    Duration limit = settings.tokenLimit().plus(settings.promptTokenLimit().multipliedBy(tokens));
    return owner.guarded(limit, () -> engine.embed(text));
  }

  @Override
  public boolean stuck() {
    return owner.stuck();
  }

  @Override
  public boolean mustHalt() {
    return engineEntered;
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    if (owner.shutDown() && engineEntered) {
      engine.close();
    }
  }

  private LoadedModel requireLoaded() {
    LoadedModel current = model;
    if (current == null) {
      throw new DroverException(ErrorCode.MODEL_NOT_LOADED, "No model is loaded.");
    }
    return current;
  }

  private static void requireText(String text) {
    if (text.isEmpty() || text.length() > TEXT_CHARS_MAX) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "The text must have 1 character to 1 MiB of them.");
    }
  }

  private record Running(Call<GenerationResult> call) implements Generation {
    @Override
    public void cancel() {
      call.cancel(GenerationWork.NOTHING);
    }

    @Override
    public boolean isDone() {
      return call.isDone();
    }

    @Override
    public GenerationResult await() {
      return call.await();
    }
  }
}
