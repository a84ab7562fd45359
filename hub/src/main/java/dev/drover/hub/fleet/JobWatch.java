package dev.drover.hub.fleet;

import dev.drover.hub.v1.JobRow;
import dev.drover.v1.Job;
import dev.drover.wire.JobStates;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Follows one job until it is terminal. Made by {@link JobService#watch}; thread-safe. */
public final class JobWatch implements AutoCloseable {
  private static final long LOOK_MS = 100;

  private final Supplier<Optional<Job>> job;
  private final Supplier<Optional<JobRow>> row;
  private final BooleanSupplier ready;
  private final Consumer<Job> consumer;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private volatile @Nullable ScheduledFuture<?> looks;
  private long seenVersion = -1;

  private JobWatch(
      Supplier<Optional<Job>> job,
      Supplier<Optional<JobRow>> row,
      BooleanSupplier ready,
      Consumer<Job> consumer) {
    this.job = job;
    this.row = row;
    this.ready = ready;
    this.consumer = consumer;
  }

  static JobWatch start(
      ScheduledExecutorService timer,
      Supplier<Optional<Job>> job,
      Supplier<Optional<JobRow>> row,
      BooleanSupplier ready,
      Consumer<Job> consumer) {
    JobWatch watch = new JobWatch(job, row, ready, consumer);
    ScheduledFuture<?> looks =
        timer.scheduleWithFixedDelay(watch::look, 0, LOOK_MS, TimeUnit.MILLISECONDS);
    watch.looks = looks;
    if (watch.done.isDone()) {
      looks.cancel(false);
    }
    return watch;
  }

  private void look() {
    try {
      if (!ready.getAsBoolean()) {
        return;
      }
      boolean same = row.get().filter(now -> now.getVersion() == seenVersion).isPresent();
      Optional<Job> now = same ? Optional.empty() : job.get();
      if (now.isPresent() && !done.isDone()) {
        seenVersion = now.get().getVersion();
        consumer.accept(now.get());
        if (JobStates.isTerminal(now.get().getState())) {
          close();
        }
      }
    } catch (RuntimeException failure) {
      done.completeExceptionally(failure);
      close();
    }
  }

  /**
   * Returns when the job is terminal and the consumer has it, or the watch was closed; fails where
   * the consumer or the store failed.
   */
  public CompletionStage<Void> done() {
    return done;
  }

  /** Ends the watch; a call of the consumer that has begun may still go on. */
  @Override
  public void close() {
    done.complete(null);
    ScheduledFuture<?> running = looks;
    if (running != null) {
      running.cancel(false);
    }
  }
}
