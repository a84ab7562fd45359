package dev.drover.agent.exchange;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Waits for stages and unwraps their failures. */
public final class Waiting {
  private Waiting() {}

  /**
   * Waits for a stage on the caller's thread.
   *
   * @throws DroverException the stage's own, or {@code INTERNAL} around another failure
   */
  public static <T> T join(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException failed) {
      throw cause(failed);
    }
  }

  /** Returns the failure of a stage as one of Drover. */
  public static DroverException cause(Throwable failed) {
    Throwable inner = failed;
    while (inner instanceof CompletionException && inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner instanceof DroverException known
        ? known
        : new DroverException(ErrorCode.INTERNAL, "Something failed unexpectedly.", inner);
  }
}
