package dev.drover.agent.exchange;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for stages and unwraps their failures. */
public final class Waiting {
  private static final Logger LOG = LoggerFactory.getLogger(Waiting.class);
  private static final int BRIEFLY_SECONDS = 3;

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

  /** Waits for a stage, however it ends, three seconds at most. */
  static void briefly(CompletableFuture<?> stage) {
    try {
      stage.get(BRIEFLY_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException unheard) {
      LOG.atDebug().setCause(unheard).log("What was to be waited for did not succeed in time");
    }
  }
}
