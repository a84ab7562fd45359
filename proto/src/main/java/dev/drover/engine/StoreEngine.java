package dev.drover.engine;

import dev.drover.machine.EffectHandler;
import dev.drover.machine.Engine;
import dev.drover.machine.EngineHealth;
import dev.drover.machine.Machine;
import dev.drover.machine.Reply;
import dev.drover.machine.RowReader;
import dev.drover.machine.runtime.EngineCore;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.Store;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An {@link Engine} over a {@link Store} of this process: one committer thread, one thread for
 * replies, a few for effects.
 */
public final class StoreEngine implements Engine {
  private static final Logger LOG = LoggerFactory.getLogger(StoreEngine.class);

  private static final long PAUSE_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);
  private static final long CLOSING_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** Turns after which {@link #close} waits no longer for effects; about ten seconds. */
  private static final int CLOSING_TURNS_MAX = 2000;

  /** How long {@link #close} waits for callbacks that do not return. */
  private static final long CLOSE_SECONDS_MAX = 10;

  private final EngineCore core;
  private final Thread committer;
  private final ExecutorService callbacks;
  private final ExecutorService effects;
  private final AtomicBoolean started = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean closing;

  private StoreEngine(String name, Store store, EngineOptions options) {
    this.callbacks = Executors.newSingleThreadExecutor(threads(name + "-replies"));
    this.effects =
        Executors.newFixedThreadPool(options.effectThreads(), threads(name + "-effects"));
    this.core = new EngineCore(store, options, callbacks, effects);
    this.committer = new Thread(this::commit, name + "-committer");
    this.committer.setDaemon(true);
  }

  /**
   * Opens an engine over a store, which it closes with itself, also when this throws.
   *
   * @param name what its threads are called
   * @throws dev.drover.wire.DroverException {@link ErrorCode#STORE_TOO_NEW} before anything was
   *     written, {@link ErrorCode#STORE_FAILED}
   */
  public static StoreEngine open(String name, Store store, EngineOptions options) {
    try {
      return new StoreEngine(name, store, options);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  @Override
  public void register(Machine<?> machine) {
    core.register(machine);
  }

  @Override
  public void handle(String kind, EffectHandler handler) {
    core.handle(kind, handler);
  }

  @Override
  public void start() {
    core.start();
    started.set(true);
    committer.start();
  }

  @Override
  public CompletionStage<Reply> submit(String machine, String key, byte[] event) {
    return core.submit(machine, key, event);
  }

  @Override
  public <T> T read(String machine, String key, Function<RowReader, T> reader) {
    return core.read(machine, key, reader);
  }

  @Override
  public List<String> scanKeys(String machine, String afterKey, int limit) {
    return core.scanKeys(machine, afterKey, limit);
  }

  @Override
  public long nowMs() {
    return core.nowMs();
  }

  @Override
  public EngineHealth health() {
    return core.health();
  }

  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    closing = true;
    core.stopAccepting();
    boolean interrupted = false;
    try {
      if (started.get()) {
        committer.join();
      }
      core.refuseRest();
      shutdown(effects);
      shutdown(callbacks);
    } catch (InterruptedException e) {
      interrupted = true;
    } finally {
      effects.shutdownNow();
      callbacks.shutdownNow();
      if (!committer.isAlive()) {
        core.closeStore();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void shutdown(ExecutorService executor) throws InterruptedException {
    executor.shutdown();
    if (!executor.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
      LOG.atWarn().log("a callback or effect did not return before the engine closed");
    }
  }

  private void commit() {
    try {
      while (!closing) {
        core.turn(PAUSE_NANOS_MAX);
      }
      core.stopPerforming();
      for (int i = 0; i < CLOSING_TURNS_MAX && !core.idle(); i++) {
        core.turn(CLOSING_PAUSE_NANOS);
      }
      core.finish();
    } catch (InterruptedException | Error e) {
      core.fail(ErrorCode.INTERNAL, e);
      core.refuseRest();
    }
  }

  private static ThreadFactory threads(String name) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + '-' + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
