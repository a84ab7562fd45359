package dev.drover.agent.core.model;

import java.util.List;
import java.util.Optional;

/**
 * Runs one model in this process. The narrow door behind which engines can be exchanged.
 *
 * <p>All methods may be called from any thread except an event loop: all but {@link #generate} and
 * the plain questions wait for the one thread that owns the model, and inference is one at a time.
 * When too many calls wait, a further one is refused with {@code RESOURCE_EXHAUSTED} at once.
 *
 * <p>Failures are {@link dev.drover.wire.DroverException}s. A native abort takes the process, so
 * whatever matters must be durable before a call.
 */
public interface ModelRuntime extends AutoCloseable {
  /** Returns what the engine can do; the same before and after a load. */
  Capabilities capabilities();

  /**
   * Loads the model. An attempt that reached the engine is the only one of this process unless
   * {@link Capabilities#reload} says otherwise; what is refused before does not count.
   *
   * @throws dev.drover.wire.DroverException with {@code MODEL_UNREADABLE}, {@code MODEL_CORRUPT},
   *     {@code MODEL_ARCHITECTURE_UNKNOWN}, {@code MODEL_TOO_LARGE}, {@code ILLEGAL_TRANSITION} for
   *     a second load, {@code INVALID_ARGUMENT} for a pooling the engine cannot do, {@code
   *     RUNTIME_UNAVAILABLE} where the engine does not run on this machine
   */
  LoadedModel load(ModelSpec spec);

  /** Returns the model in memory, empty before a load. */
  Optional<LoadedModel> loaded();

  /** Returns how many tokens a text has, without the marks that begin a prompt. */
  int tokens(String text);

  /**
   * Renders messages by the model's own template and opens the assistant's turn.
   *
   * @param messages 1 to 64, a system message only first
   */
  String render(List<ChatMessage> messages);

  /**
   * Starts a generation and returns at once.
   *
   * @throws dev.drover.wire.DroverException at once with {@code GRAMMAR_INVALID}, {@code
   *     MODEL_NOT_LOADED}, {@code RESOURCE_EXHAUSTED}, {@code RUNTIME_STUCK}, {@code UNAVAILABLE}
   *     where it is closed; later failures come from {@link Generation#await}
   */
  Generation generate(GenerationRequest request, TextListener listener);

  /**
   * Returns the vector of a text; its length is the model's width.
   *
   * @throws dev.drover.wire.DroverException with {@code MODEL_NOT_LOADED} where the loaded model
   *     makes no embeddings
   */
  float[] embed(String text);

  /**
   * Returns whether the engine no longer answers. It never becomes false again: the process has to
   * be restarted.
   */
  boolean stuck();

  /**
   * Returns whether the process can end only by {@code System.exit}, and by {@code Runtime.halt}
   * where {@link #stuck} holds as well, because the engine keeps a thread that nobody can end.
   */
  boolean mustHalt();

  /**
   * Cancels what runs, refuses what waits, joins the owner and closes the engine; bounded in time.
   * Closing again does nothing.
   */
  @Override
  void close();
}
