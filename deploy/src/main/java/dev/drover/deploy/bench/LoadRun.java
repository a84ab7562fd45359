package dev.drover.deploy.bench;

import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.Jobs;
import dev.drover.v1.Command;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * A hub under load for a while: simulated devices that send heartbeats, and jobs on all of them one
 * after another. Used by one thread.
 */
final class LoadRun implements AutoCloseable {
  private static final Duration JOB_DEADLINE = Duration.ofMinutes(5);
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Bench bench;
  private final LoadPlan plan;
  private final BenchHub hub;
  private final BenchDevices devices;
  private final Recorder grants = new Recorder(3);
  private final LongAdder granted = new LongAdder();
  private final LongAdder beats = new LongAdder();
  private final AtomicLong ended = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final ExecutorService runners;

  /** Starts the hub and connects the devices. */
  LoadRun(Bench bench, LoadPlan plan) throws IOException {
    this.bench = bench;
    this.plan = plan;
    this.hub = new BenchHub(bench, "load");
    this.runners = Executors.newFixedThreadPool(plan.jobs());
    try {
      this.devices =
          new BenchDevices(bench, hub, plan.devices(), (number, command) -> saw(command));
    } catch (RuntimeException notStarted) {
      runners.shutdownNow();
      hub.close();
      throw notStarted;
    }
  }

  private void saw(Command command) {
    if (command.hasLease()) {
      granted.increment();
      grants.recordValue(Math.max(0, bench.clock().millis() - command.getIssuedMs()));
    }
  }

  /** Keeps the hub busy and says each second how it does; returns the sum. */
  LoadResult run() throws IOException {
    CompletableFuture<?>[] running = new CompletableFuture<?>[plan.jobs()];
    for (int i = 0; i < running.length; i++) {
      running[i] = CompletableFuture.runAsync(this::jobs, runners);
    }
    LoadResult result = watch();
    stopped.set(true);
    CompletableFuture.allOf(running).join();
    return result.with(ended.get(), failed.get());
  }

  /** One connection each: a runner waits for its job alone. */
  private void jobs() {
    try (Jobs jobs = hub.connect()) {
      while (!stopped.get()) {
        JobSpec.Builder spec = Jobs.tool(plan.tool(), "{}", 0).setConcurrency(plan.devices());
        Job done = jobs.finish(jobs.create(spec).getJob(), JOB_DEADLINE);
        done.getGroupsList().forEach(group -> ended.addAndGet(group.getTargets()));
        if (done.getState() != JobState.JOB_SUCCEEDED) {
          done.getGroupsList()
              .forEach(group -> failed.addAndGet(group.getTargets() - group.getSucceeded()));
        }
      }
    }
  }

  private LoadResult watch() throws IOException {
    Histogram all = new Histogram(3);
    Samples rates = new Samples();
    Samples processors = new Samples();
    Samples memories = new Samples();
    long startNanos = bench.nanoTime().getAsLong();
    long cpuNanos = Usage.cpuNanos(hub.process());
    long seen = 0;
    int beat = 0;
    for (int second = 1; second <= plan.seconds(); second++) {
      beat = beatUntil(startNanos + second * SECOND_NANOS, beat);
      hub.processes().requireAlive(BenchHub.HUB);
      long now = granted.sum();
      long cpuNow = Usage.cpuNanos(hub.process());
      Histogram last = grants.getIntervalHistogram();
      all.add(last);
      rates.add((double) (now - seen));
      processors.add(100.0 * (cpuNow - cpuNanos) / SECOND_NANOS);
      memories.add(hub.megabytes());
      bench.progress(
          String.format(
              Locale.ROOT,
              "%3d s  %,6d exec/s  grant p50 %d p99 %d ms  hub %.0f MB %.0f%% CPU",
              second,
              now - seen,
              last.getValueAtPercentile(50),
              last.getValueAtPercentile(99),
              memories.last(),
              processors.last()));
      seen = now;
      cpuNanos = cpuNow;
    }
    return new LoadResult(plan, rates, all, memories, processors, beats.sum(), 0, 0);
  }

  /** Sends heartbeats, evenly spread, until the moment; returns whose turn is next. */
  private int beatUntil(long untilNanos, int next) {
    int turn = next;
    double each = (double) plan.heartbeatSeconds() * SECOND_NANOS / plan.devices();
    while (true) {
      long leftNanos = untilNanos - bench.nanoTime().getAsLong();
      if (leftNanos <= 0) {
        return turn;
      }
      if (each < leftNanos) {
        var unused = devices.all().get(turn).heartbeat();
        beats.increment();
        turn = (turn + 1) % plan.devices();
      }
      pause(Math.min(leftNanos, (long) each));
    }
  }

  private static void pause(long nanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CheckFailed("This was interrupted.");
    }
  }

  @Override
  public void close() throws IOException {
    stopped.set(true);
    runners.shutdownNow();
    devices.close();
    hub.close();
  }
}
