package dev.drover.agent.llm;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** One call that waits for the owner thread or runs on it. Thread-safe. */
final class Call<T> {
  /** What a call does, on the owner thread. */
  interface Work<T> {
    /** Does it; long work asks {@link Call#unwanted} between steps. */
    T run(Call<T> call);
  }

  private final Work<T> work;
  private final long submittedNanos;
  private final long allowedNanos;
  private final CompletableFuture<T> result = new CompletableFuture<>();
  private volatile boolean cancelled;
  private volatile boolean started;

  Call(Work<T> work, long submittedNanos, @Nullable Duration deadline) {
    this.work = work;
    this.submittedNanos = submittedNanos;
    this.allowedNanos = deadline == null ? Long.MAX_VALUE : deadline.toNanos();
  }

  void run() {
    started = true;
    if (result.isDone()) {
      return;
    }
    try {
      result.complete(work.run(this));
    } catch (DroverException refused) {
      result.completeExceptionally(refused);
    } catch (RuntimeException | LinkageError e) {
      result.completeExceptionally(
          new DroverException(ErrorCode.INTERNAL, "The model engine failed.", e));
    }
  }

  /** Returns whether nobody wants the result any more. */
  boolean unwanted() {
    return cancelled || result.isDone();
  }

  void cancel() {
    cancelled = true;
  }

  /** Cancels; a call that has not begun ends at once with this result. */
  void cancel(T resultUnlessStarted) {
    cancelled = true;
    if (!started) {
      result.complete(resultUnlessStarted);
    }
  }

  void fail(DroverException reason) {
    result.completeExceptionally(reason);
  }

  void expireWhereLate(long nowNanos) {
    if (nowNanos - submittedNanos > allowedNanos) {
      fail(
          new DroverException(
              ErrorCode.DEADLINE_EXCEEDED, "The model gave no whole answer in time."));
    }
  }

  boolean isDone() {
    return result.isDone();
  }

  /** Waits for the result. An interrupt cancels the call and fails with {@code CANCELLED}. */
  T await() {
    try {
      return result.get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof DroverException reason) {
        // A new one, so that its trace shows the caller too.
        throw new DroverException(reason.code(), String.valueOf(reason.getMessage()), reason);
      }
      throw new DroverException(ErrorCode.INTERNAL, "The model engine failed.", failed);
    } catch (InterruptedException e) {
      cancel();
      Thread.currentThread().interrupt();
      throw new DroverException(ErrorCode.CANCELLED, "The wait for the model was ended.", e);
    }
  }
}
