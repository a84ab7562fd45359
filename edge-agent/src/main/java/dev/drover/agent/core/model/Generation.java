package dev.drover.agent.core.model;

/** A generation under way. Methods may be called from any thread, more than once. */
public interface Generation {
  /**
   * Asks for the end. A waiting generation ends at once; a running one at its next token, with the
   * text so far and {@link StopReason#CANCELLED}.
   */
  void cancel();

  /** Returns whether {@link #await} would return at once. */
  boolean isDone();

  /**
   * Waits for the end.
   *
   * @throws dev.drover.wire.DroverException with {@code PROMPT_TOO_LONG}, {@code
   *     DEADLINE_EXCEEDED}, {@code ANSWER_OUTSIDE_GRAMMAR}, {@code RUNTIME_STUCK}, {@code
   *     CANCELLED} where the runtime was closed or this thread interrupted (the generation is then
   *     cancelled), or {@code INTERNAL}
   */
  GenerationResult await();
}
