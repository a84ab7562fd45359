package dev.drover.agent.run;

import dev.drover.agent.core.Caller;
import dev.drover.agent.core.ToolContext;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The context of one call: a deadline on a clock, and a switch to cancel it. Thread-safe. */
public final class CallContext implements ToolContext {
  private final Caller caller;
  private final String key;
  private final LongSupplier nowMs;
  private final long deadlineMs;

  private boolean cancelled;
  private @Nullable Runnable action;

  /**
   * Makes a context.
   *
   * @param key identifies the call over repetitions, at most 128 characters
   * @param nowMs a clock in milliseconds that does not fall
   * @param deadlineMs on that clock
   */
  public CallContext(Caller caller, String key, LongSupplier nowMs, long deadlineMs) {
    this.caller = caller;
    this.key = key;
    this.nowMs = nowMs;
    this.deadlineMs = deadlineMs;
  }

  /** Cancels the call; its action runs on this thread. Once is enough. */
  public void cancel() {
    Runnable toRun;
    synchronized (this) {
      if (cancelled) {
        return;
      }
      cancelled = true;
      toRun = action;
    }
    if (toRun != null) {
      toRun.run();
    }
  }

  @Override
  public Caller caller() {
    return caller;
  }

  @Override
  public String idempotencyKey() {
    return key;
  }

  @Override
  public Duration remaining() {
    return Duration.ofMillis(deadlineMs - nowMs.getAsLong());
  }

  @Override
  public synchronized boolean cancelled() {
    return cancelled;
  }

  @Override
  public void onCancel(Runnable newAction) {
    boolean now;
    synchronized (this) {
      action = newAction;
      now = cancelled;
    }
    if (now) {
      newAction.run();
    }
  }

  @Override
  public void check() {
    if (cancelled()) {
      throw new DroverException(ErrorCode.CANCELLED, "The call was cancelled.");
    }
    if (remaining().toMillis() <= 0) {
      throw new DroverException(ErrorCode.DEADLINE_EXCEEDED, "The call's time is over.");
    }
  }
}
