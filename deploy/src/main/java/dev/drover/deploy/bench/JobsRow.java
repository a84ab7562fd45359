package dev.drover.deploy.bench;

import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.Jobs;
import dev.drover.v1.Command;
import dev.drover.v1.GetJobRequest;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;

/** Executions per second, how long a grant takes to its device, and what that costs the hub. */
final class JobsRow implements Row {
  private static final double EXECUTIONS_PER_SECOND = 5000;
  private static final double GRANT_MS = 100;
  private static final double LOAD_MB = 128;
  private static final int JOB_SECONDS = 300;

  /** Jobs of a sample, how many of them at a time, and executions in flight of each. */
  private static final int JOBS = 8;

  private static final int AT_A_TIME = 2;
  private static final int CONCURRENCY = 200;

  /** How long the same load runs before, so that its code is compiled. */
  private static final int WARM_UP_SECONDS = 45;

  private static final int ALONE_WARM_UP_SECONDS = 15;

  @Override
  public String name() {
    return "jobs";
  }

  /** What was measured, sample by sample. */
  private static final class Measured {
    private final Histogram grants = new SynchronizedHistogram(3);
    private final Samples rate = new Samples();
    private final Samples hubMicros = new Samples();
    private final Samples deviceMicros = new Samples();
    private final Samples memory = new Samples();
    private final List<Commits> commits = new ArrayList<>();
    private final Samples diskRate = new Samples();
    private final Samples aloneRate = new Samples();
    private final Samples aloneMicros = new Samples();
    private Histogram aloneArrivals = new Histogram(3);
    private double idleMemory;
  }

  @Override
  public List<Figure> run(Bench bench) throws IOException {
    Measured measured = new Measured();
    try (BenchHub hub = new BenchHub(bench, name())) {
      measured.idleMemory = hub.megabytes();
      try (BenchDevices devices =
          new BenchDevices(
              bench,
              hub,
              bench.devices(),
              (number, command) -> grant(bench, command, measured.grants))) {
        warmUp(bench, WARM_UP_SECONDS, () -> round(bench, hub));
        measured.grants.reset();
        for (int run = 0; run < bench.runs(); run++) {
          bench.progress("jobs: run " + (run + 1) + " of " + bench.runs());
          sample(bench, hub, measured);
        }
        hub.stop();
        for (Commits commits : measured.commits) {
          double seconds = Disk.seconds(bench.root(), commits, bench.nanoTime());
          measured.diskRate.add(JOBS * bench.devices() / seconds);
        }
        try {
          alone(bench, hub, devices, measured);
        } catch (RuntimeException failed) {
          // The figures stand without their peer, and the report says that it is missing.
          bench.progress("jobs: the broker alone was not measured: " + failed);
        }
      }
    }
    return figures(measured);
  }

  private static List<Figure> figures(Measured measured) {
    return List.of(
        Figure.of(
                "job executions",
                measured.rate,
                "1/s",
                "the same messages through the same broker without a hub",
                measured.aloneRate.median())
            .within(Budget.atLeast(EXECUTIONS_PER_SECOND)),
        new Figure(
            "job grant p99",
            measured.grants.getValueAtPercentile(99),
            "ms",
            (int) measured.grants.getTotalCount(),
            "p99 of the same messages through the broker without a hub",
            measured.aloneArrivals.getTotalCount() == 0
                ? Double.NaN
                : measured.aloneArrivals.getValueAtPercentile(99),
            Budget.atMost(GRANT_MS)),
        Figure.of("jobs and the disk", measured.rate, "1/s", Disk.PEER, measured.diskRate.median()),
        Figure.of(
            "hub processor time",
            measured.hubMicros,
            "us",
            "an execution; the peer is broker and devices together, without a hub",
            measured.aloneMicros.median()),
        Figure.of(
            "device processor time",
            measured.deviceMicros,
            "us",
            "an execution, of all that is simulated; the peer is the hub's",
            measured.hubMicros.median()),
        Figure.of(
                "hub under load",
                measured.memory,
                "MB",
                "the same hub at rest",
                measured.idleMemory)
            .within(Budget.atMost(measured.idleMemory + LOAD_MB)));
  }

  private static void sample(Bench bench, BenchHub hub, Measured measured) throws IOException {
    ProcessHandle process = hub.process();
    double executions = JOBS * bench.devices();
    Commits before = hub.commits();
    double hubBefore = Usage.cpuMicros(process);
    double ownBefore = Usage.cpuMicros(ProcessHandle.current());
    measured.rate.add(executions / round(bench, hub));
    measured.hubMicros.add((Usage.cpuMicros(process) - hubBefore) / executions);
    measured.deviceMicros.add((Usage.cpuMicros(ProcessHandle.current()) - ownBefore) / executions);
    measured.memory.add(hub.megabytes());
    measured.commits.add(hub.commits().since(before));
  }

  private static void alone(Bench bench, BenchHub hub, BenchDevices devices, Measured measured)
      throws IOException {
    int executions = JOBS * bench.devices();
    int inFlight = Math.min(AT_A_TIME * Math.min(CONCURRENCY, bench.devices()), executions);
    try (BrokerAlone broker = new BrokerAlone(bench, hub, devices)) {
      warmUp(bench, ALONE_WARM_UP_SECONDS, () -> broker.round(0, executions, inFlight));
      broker.arrivals().reset();
      for (int run = 0; run < bench.runs(); run++) {
        bench.progress("jobs: broker alone, run " + (run + 1) + " of " + bench.runs());
        double before = Usage.cpuMicros(ProcessHandle.current());
        measured.aloneRate.add(executions / broker.round(0, executions, inFlight));
        measured.aloneMicros.add((Usage.cpuMicros(ProcessHandle.current()) - before) / executions);
      }
      measured.aloneArrivals = broker.arrivals().copy();
      devices.close();
    }
  }

  private static void warmUp(Bench bench, int seconds, DoubleSupplier round) {
    long started = bench.nanoTime().getAsLong();
    while (bench.secondsSince(started) < seconds) {
      double took = round.getAsDouble();
      bench.progress(String.format(Locale.ROOT, "jobs: warm-up, a round in %.2f s", took));
    }
  }

  /**
   * Several jobs over all devices, some at a time; returns the seconds until the last one ended.
   */
  private static double round(Bench bench, BenchHub hub) {
    long started = bench.nanoTime().getAsLong();
    Queue<Integer> left = new ConcurrentLinkedQueue<>(IntStream.range(0, JOBS).boxed().toList());
    CompletableFuture<?>[] lanes = new CompletableFuture<?>[AT_A_TIME];
    for (int lane = 0; lane < AT_A_TIME; lane++) {
      lanes[lane] =
          CompletableFuture.runAsync(
              () -> {
                while (left.poll() != null) {
                  job(hub);
                }
              });
    }
    CompletableFuture.allOf(lanes).join();
    return bench.secondsSince(started);
  }

  private static void grant(Bench bench, Command command, Histogram grants) {
    if (command.hasLease()) {
      grants.recordValue(Math.max(0, bench.clock().millis() - command.getIssuedMs()));
    }
  }

  private static void job(BenchHub hub) {
    Job job = hub.jobs().create(Jobs.tool("device.status", "{}", 0).setConcurrency(CONCURRENCY));
    Iterator<Job> changes =
        hub.jobs()
            .connection()
            .streams()
            .withDeadlineAfter(JOB_SECONDS, TimeUnit.SECONDS)
            .watchJob(GetJobRequest.newBuilder().setJob(job.getJob()).build());
    Job last = job;
    while (changes.hasNext()) {
      last = changes.next();
    }
    if (last.getState() != JobState.JOB_SUCCEEDED) {
      throw new CheckFailed("A job ended " + last.getState() + ": " + last.getCause());
    }
  }
}
