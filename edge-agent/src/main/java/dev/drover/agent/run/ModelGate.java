package dev.drover.agent.run;

import dev.drover.agent.core.ToolContext;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Holds back questions while the model is loading. Thread-safe. */
public final class ModelGate {
  private static final long POLL_MS = 100;

  private final CountDownLatch opened = new CountDownLatch(1);

  /** Lets everybody through from now on, whether or not there is a model. */
  public void open() {
    opened.countDown();
  }

  /**
   * Waits until the gate is open.
   *
   * @throws DroverException {@code CANCELLED} or {@code DEADLINE_EXCEEDED} of the call
   */
  void await(ToolContext context) {
    try {
      while (!opened.await(POLL_MS, TimeUnit.MILLISECONDS)) {
        context.check();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new DroverException(ErrorCode.CANCELLED, "The agent ends.", stopped);
    }
  }
}
