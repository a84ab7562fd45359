package dev.drover.agent.llm;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that may enter the engine, with a bounded queue before it and a watchdog beside
 * it.
 *
 * <p>The watchdog looks only while there are calls. It ends calls whose deadline has passed and,
 * when the engine stays in one native call longer than was granted, declares the engine stuck: all
 * calls end with {@code RUNTIME_STUCK} and so does every later one.
 */
final class OwnerThread implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OwnerThread.class);
  private static final long WATCH_INTERVAL_MS = 50;

  /** The native call under way: since when, and how long it may take. */
  private record Window(long sinceNanos, long limitNanos) {}

  private final LongSupplier nanoTime;
  private final Duration closeLimit;
  private final ThreadPoolExecutor owner;
  private final ScheduledExecutorService watchdog;
  private final Set<Call<?>> calls = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean watching = new AtomicBoolean();
  private volatile @Nullable Window window;
  private volatile boolean stuck;
  private volatile boolean closed;

  OwnerThread(int queueMax, Duration closeLimit, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.closeLimit = closeLimit;
    this.owner =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queueMax),
            work -> daemon(work, "model-runtime"));
    this.watchdog =
        Executors.newSingleThreadScheduledExecutor(work -> daemon(work, "model-watchdog"));
  }

  private static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Queues work.
   *
   * @param work gets the call to see whether it is still wanted
   * @param deadline from now, or null for none
   * @throws DroverException {@code RESOURCE_EXHAUSTED}, {@code RUNTIME_STUCK} or, once closed,
   *     {@code UNAVAILABLE}
   */
  <T> Call<T> submit(Call.Work<T> work, @Nullable Duration deadline) {
    Call<T> call = new Call<>(work, nanoTime.getAsLong(), deadline);
    refuseWhereOver();
    calls.add(call);
    try {
      owner.execute(
          () -> {
            try {
              call.run();
            } finally {
              calls.remove(call);
            }
          });
    } catch (RejectedExecutionException full) {
      calls.remove(call);
      refuseWhereOver();
      throw new DroverException(
          ErrorCode.RESOURCE_EXHAUSTED, "Too many calls wait for the model.", full);
    }
    if (watching.compareAndSet(false, true)) {
      watchLater();
    }
    return call;
  }

  private void refuseWhereOver() {
    if (stuck) {
      throw stuckError();
    }
    if (closed) {
      throw new DroverException(ErrorCode.UNAVAILABLE, "The model runtime is closed.");
    }
  }

  /** Enters the engine on the owner thread, for at most this long before it counts as stuck. */
  <T extends @Nullable Object> T guarded(Duration limit, Supplier<T> nativeCall) {
    window = new Window(nanoTime.getAsLong(), limit.toNanos());
    try {
      return nativeCall.get();
    } finally {
      window = null;
    }
  }

  /** Returns whether the engine no longer answers. */
  boolean stuck() {
    return stuck;
  }

  /** Looks once: ends late calls, and all of them when the engine is stuck. */
  void watch() {
    long now = nanoTime.getAsLong();
    Window open = window;
    if (open != null && now - open.sinceNanos() > open.limitNanos() && !stuck) {
      stuck = true;
      LOG.atError()
          .addKeyValue("limitMs", TimeUnit.NANOSECONDS.toMillis(open.limitNanos()))
          .log("The model engine does not answer");
    }
    for (Call<?> call : calls) {
      if (stuck) {
        call.fail(stuckError());
      } else {
        call.expireWhereLate(now);
      }
    }
  }

  private void watchLater() {
    try {
      var unused =
          watchdog.schedule(
              () -> {
                watch();
                watching.set(false);
                if (!calls.isEmpty() && !stuck && watching.compareAndSet(false, true)) {
                  watchLater();
                }
              },
              WATCH_INTERVAL_MS,
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closing) {
      watching.set(false);
    }
  }

  /**
   * Cancels all calls and joins the thread.
   *
   * @return whether the thread ended, so that the engine may be closed
   */
  boolean shutDown() {
    closed = true;
    calls.forEach(Call::cancel);
    owner.shutdown();
    boolean ended = false;
    try {
      ended = owner.awaitTermination(closeLimit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      stuck = true;
      calls.forEach(call -> call.fail(stuckError()));
    }
    watchdog.shutdownNow();
    return ended;
  }

  @Override
  public void close() {
    shutDown();
  }

  private static DroverException stuckError() {
    return new DroverException(ErrorCode.RUNTIME_STUCK, "The model engine does not answer.");
  }
}
