package dev.drover.agent.llm;

import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.GenerationResult;
import dev.drover.agent.core.model.LoadedModel;
import dev.drover.agent.core.model.StopReason;
import dev.drover.agent.core.model.TextListener;
import dev.drover.agent.llm.grammar.Grammar;
import dev.drover.agent.llm.grammar.GrammarMatcher;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One generation on the owner thread: guards, the loop over its pieces, and the checks after. */
final class GenerationWork implements Call.Work<GenerationResult> {
  /** Result of a generation that was cancelled before it began. */
  static final GenerationResult NOTHING =
      new GenerationResult("", 0, 0, Duration.ZERO, Duration.ZERO, StopReason.CANCELLED);

  private final NativeEngine engine;
  private final OwnerThread owner;
  private final RuntimeSettings settings;
  private final LongSupplier nanoTime;
  private final int contextTokens;
  private final GenerationRequest request;
  private final TextListener listener;
  private final @Nullable GrammarMatcher matcher;
  private final StringBuilder text = new StringBuilder();
  private int pieces;

  /** Length of the text that the engine generated; what follows was certain without it. */
  private int generated;

  private long firstTextNanos = -1;

  GenerationWork(
      Engine with,
      int contextTokens,
      GenerationRequest request,
      @Nullable Grammar grammar,
      TextListener listener) {
    this.engine = with.engine();
    this.owner = with.owner();
    this.settings = with.settings();
    this.nanoTime = with.nanoTime();
    this.contextTokens = contextTokens;
    this.request = request;
    this.listener = listener;
    this.matcher = grammar == null ? null : grammar.matcher();
  }

  /** What all generations of a runtime share. */
  record Engine(
      NativeEngine engine, OwnerThread owner, RuntimeSettings settings, LongSupplier nanoTime) {}

  @Override
  public GenerationResult run(Call<GenerationResult> call) {
    if (call.unwanted()) {
      return NOTHING;
    }
    int promptTokens = owner.guarded(settings.tokenLimit(), () -> engine.tokens(request.prompt()));
    if ((long) promptTokens + LoadedModel.MARK_TOKENS + request.tokensMax() > contextTokens) {
      throw new DroverException(
          ErrorCode.PROMPT_TOO_LONG,
          "Prompt ("
              + promptTokens
              + " tokens) and answer ("
              + request.tokensMax()
              + ") do not fit a context of "
              + contextTokens
              + ".");
    }
    long start = nanoTime.getAsLong();
    NativeEngine.Stream stream = owner.guarded(settings.tokenLimit(), () -> engine.start(request));
    Duration promptLimit =
        settings.tokenLimit().plus(settings.promptTokenLimit().multipliedBy(promptTokens));
    boolean ended = false;
    try {
      ended = read(stream, call, promptLimit, start);
    } finally {
      if (!ended) {
        owner.guarded(
            settings.tokenLimit(),
            () -> {
              stream.cancel();
              return true;
            });
      }
    }
    return result(promptTokens, ended || foreseen(), start);
  }

  /** Reads pieces; returns whether the engine ended by itself. */
  private boolean read(NativeEngine.Stream stream, Call<?> call, Duration promptLimit, long start) {
    Duration limit = promptLimit;
    while (!call.unwanted()) {
      String piece = owner.guarded(limit, stream::next);
      if (firstTextNanos < 0) {
        firstTextNanos = nanoTime.getAsLong() - start;
        limit = settings.tokenLimit();
      }
      if (piece == null) {
        return true;
      }
      if (!piece.isEmpty()) {
        pieces++;
        take(piece);
        generated = text.length();
        if (foresee()) {
          return false;
        }
      }
    }
    return false;
  }

  private void take(String piece) {
    if (matcher != null && !matcher.feed(piece)) {
      throw outside();
    }
    text.append(piece);
    listener.onText(piece);
  }

  /** Adds what the grammar leaves no choice about, where that completes the answer. */
  private boolean foresee() {
    Optional<String> end = matcher == null ? Optional.empty() : matcher.certainEnd();
    end.filter(rest -> !rest.isEmpty()).ifPresent(this::take);
    return end.isPresent();
  }

  /** Returns whether the answer is whole and nothing can follow. */
  private boolean foreseen() {
    return matcher != null && matcher.certainEnd().filter(String::isEmpty).isPresent();
  }

  private GenerationResult result(int promptTokens, boolean ended, long start) {
    Duration total = Duration.ofNanos(nanoTime.getAsLong() - start);
    if (ended && matcher != null && !matcher.complete()) {
      throw outside();
    }
    String said = text.substring(0, generated);
    int tokens =
        said.isEmpty() ? 0 : owner.guarded(settings.tokenLimit(), () -> engine.tokens(said));
    return new GenerationResult(
        text.toString(),
        promptTokens,
        tokens,
        Duration.ofNanos(Math.max(0, firstTextNanos)),
        total,
        reason(ended, Math.max(tokens, pieces)));
  }

  private StopReason reason(boolean ended, int tokens) {
    if (!ended) {
      return StopReason.CANCELLED;
    }
    if (matcher != null) {
      return StopReason.GRAMMAR_COMPLETE;
    }
    return tokens >= request.tokensMax() ? StopReason.LENGTH : StopReason.END;
  }

  private static DroverException outside() {
    return new DroverException(
        ErrorCode.ANSWER_OUTSIDE_GRAMMAR, "The model's answer does not match the grammar.");
  }
}
