package dev.drover.agent.core;

import java.time.Duration;

/** What surrounds one call of a tool or one question. Methods may be called from any thread. */
public interface ToolContext {
  /** Returns who asked. */
  Caller caller();

  /**
   * Returns the key of this call: the same after a crash and for every repetition of the call, so
   * that an idempotent tool can recognise one. At most 128 characters.
   */
  String idempotencyKey();

  /** Returns how much time is left; zero or less when the deadline has passed. */
  Duration remaining();

  /** Returns whether the caller no longer wants the result. */
  boolean cancelled();

  /**
   * Has an action run once, on the canceller's thread, when the call is cancelled or its deadline
   * passes; at once where that has happened. The action must not block. Only the last one given
   * counts.
   */
  void onCancel(Runnable action);

  /**
   * Fails if the call is cancelled or out of time; long-running tools call it between steps.
   *
   * @throws dev.drover.wire.DroverException {@code CANCELLED} or {@code DEADLINE_EXCEEDED}
   */
  void check();
}
