package dev.drover.agent;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The agent's own threads, all daemons: the process ends when its main thread says so. */
final class AgentThreads {
  private static final Logger LOG = LoggerFactory.getLogger(AgentThreads.class);
  private static final int WAITING_MAX = 4096;
  private static final long END_SECONDS = 5;
  private static final long IDLE_SECONDS = 30;
  private static final long SETTLED_SECONDS = 20;

  private AgentThreads() {}

  /** Returns an executor that runs one task at a time, in order. */
  static ExecutorService one(String name) {
    return bounded(name, 1, WAITING_MAX);
  }

  /** Returns an executor that refuses what does not fit. */
  static ExecutorService bounded(String name, int threads, int waitingMax) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(waitingMax),
            named(name));
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  /** Returns an executor that runs each task some time later, on a thread of the JVM. */
  static Executor after(long ms) {
    return CompletableFuture.delayedExecutor(ms, TimeUnit.MILLISECONDS, Runnable::run);
  }

  /** Returns an executor for regular tasks, which does not wait for them when it ends. */
  static ScheduledExecutorService timer() {
    ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, named("timer"));
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  /**
   * Collects once what a start leaves behind, some time after it: an agent with little to do would
   * keep it for hours.
   */
  static void collectWhenSettled(ScheduledExecutorService timer) {
    var unused = timer.schedule(System::gc, SETTLED_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Returns a task that runs another one some time later, once, however often it is run until then.
   */
  static Runnable gathered(ScheduledExecutorService timer, long ms, Runnable task) {
    AtomicBoolean due = new AtomicBoolean();
    return () -> {
      if (!timer.isShutdown() && due.compareAndSet(false, true)) {
        var unused =
            timer.schedule(
                () -> {
                  due.set(false);
                  task.run();
                },
                ms,
                TimeUnit.MILLISECONDS);
      }
    };
  }

  /** Does a task again and again, with a pause after each; its failures are logged. */
  static void every(ScheduledExecutorService timer, long ms, Runnable task) {
    var unused =
        timer.scheduleWithFixedDelay(
            () -> {
              try {
                task.run();
              } catch (RuntimeException failed) {
                LOG.atError().setCause(failed).log("A regular task failed");
              }
            },
            ms,
            ms,
            TimeUnit.MILLISECONDS);
  }

  /** Starts a thread for one task. */
  static void start(String name, Runnable task) {
    named(name).newThread(task).start();
  }

  /** Ends an executor: finishes what runs, within some seconds, and drops what waits. */
  static void end(ExecutorService executor) {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
      executor.shutdownNow();
    }
  }

  private static ThreadFactory named(String name) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
