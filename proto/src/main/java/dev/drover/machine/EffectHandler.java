package dev.drover.machine;

import java.util.concurrent.CompletionStage;

/**
 * Performs effects of one kind on the world: a port of the core.
 *
 * <p>An effect is handed over only after the step that owes it is durable, at least once, and in
 * order for its key: the next effect of a key waits until this one is done. After a crash it is
 * handed over again with the same {@link OwedEffect#id()}, by which a handler or its peer
 * recognises a repetition.
 */
public interface EffectHandler {
  /**
   * Performs an effect. Called on the engine's effect threads, for different keys at the same time;
   * returns soon and completes the stage later where it has to wait.
   *
   * @return completes normally when the effect needs no repetition, with or without an event for
   *     the machine that owed it; completes exceptionally (or the call throws) to be called again
   *     after a growing pause
   */
  CompletionStage<EffectResult> perform(OwedEffect effect);
}
