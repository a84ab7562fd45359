package dev.drover.agent;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does a task again and again, with a pause before each that may change. Thread-safe. */
final class AgentPulse {
  private static final Logger LOG = LoggerFactory.getLogger(AgentPulse.class);

  private final ScheduledExecutorService timer;
  private final LongSupplier pauseMs;
  private final Runnable task;
  private @Nullable ScheduledFuture<?> next; // of the timer's thread
  private long lengthMs; // of the timer's thread

  /**
   * Makes a pulse that does not beat yet.
   *
   * @param timer with one thread
   * @param pauseMs asked after each task
   */
  AgentPulse(ScheduledExecutorService timer, LongSupplier pauseMs, Runnable task) {
    this.timer = timer;
    this.pauseMs = pauseMs;
    this.task = task;
  }

  /** Begins, or begins the pause anew where its length has changed. */
  void adjust() {
    if (!timer.isShutdown()) {
      timer.execute(
          () -> {
            if (next == null || lengthMs != pauseMs.getAsLong()) {
              rest();
            }
          });
    }
  }

  private void rest() {
    if (next != null) {
      next.cancel(false);
    }
    lengthMs = pauseMs.getAsLong();
    next = timer.schedule(this::beat, lengthMs, TimeUnit.MILLISECONDS);
  }

  private void beat() {
    try {
      task.run();
    } catch (RuntimeException failed) {
      LOG.atError().setCause(failed).log("A regular task failed");
    }
    if (!timer.isShutdown()) {
      rest();
    }
  }
}
