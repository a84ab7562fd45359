package dev.drover.agent.api;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads on which requests run, with room for a bounded number that wait. Thread-safe. */
final class Workers implements AutoCloseable {
  private static final int IDLE_SECONDS = 30;
  private static final int CLOSE_SECONDS = 5;

  private final ThreadPoolExecutor executor;

  /**
   * Makes workers; their threads end when idle.
   *
   * @param name of the threads
   * @param threads requests that run at once
   * @param waiting requests that may wait for a thread
   */
  Workers(String name, int threads, int waiting) {
    AtomicInteger count = new AtomicInteger();
    executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(waiting),
            task -> {
              Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs a task soon.
   *
   * @throws DroverException {@code RESOURCE_EXHAUSTED} where too many wait already
   */
  void run(Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException full) {
      throw new DroverException(
          ErrorCode.RESOURCE_EXHAUSTED, "The agent has too many requests at once.", full);
    }
  }

  /** Returns whether anything runs or waits. */
  boolean busy() {
    return executor.getActiveCount() > 0 || !executor.getQueue().isEmpty();
  }

  /** Interrupts what runs, drops what waits, and waits some seconds for the end. */
  @Override
  public void close() {
    executor.shutdownNow();
    try {
      executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
