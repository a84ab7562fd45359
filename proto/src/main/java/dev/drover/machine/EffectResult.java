package dev.drover.machine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** How an effect ended: done, and possibly an event about it for the machine that owed it. */
public final class EffectResult {
  private static final EffectResult DONE = new EffectResult(null);

  private final byte @Nullable [] event;

  private EffectResult(byte @Nullable [] event) {
    this.event = event;
  }

  /** Returns that the effect needs no repetition. */
  public static EffectResult done() {
    return DONE;
  }

  /**
   * Returns that the effect needs no repetition and that the key which owed it gets this event. The
   * event's step and the end of the effect become durable together, so the event arrives exactly
   * once for the last performance of the effect.
   */
  public static EffectResult event(byte[] event) {
    MachineLimits.checkBytes("The outcome", event, MachineLimits.EVENT_BYTES_MAX);
    return new EffectResult(event);
  }

  /** Returns {@link #done()} as a completed stage, for handlers that need not wait. */
  public static CompletionStage<EffectResult> doneStage() {
    return CompletableFuture.completedFuture(DONE);
  }

  /** Returns the event for the key that owed the effect, or null for none. */
  public byte @Nullable [] event() {
    return event;
  }
}
