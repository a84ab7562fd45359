package dev.drover.deploy.bench;

import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.Jobs;
import dev.drover.v1.Command;
import dev.drover.v1.GetJobRequest;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;

/** Executions per second, and how long a grant takes to its device, with many devices. */
final class JobsRow implements Row {
  private static final double EXECUTIONS_PER_SECOND = 5000;
  private static final double GRANT_MS = 100;
  private static final int JOB_SECONDS = 300;

  @Override
  public String name() {
    return "jobs";
  }

  @Override
  public List<Figure> run(Bench bench) throws IOException {
    Histogram grants = new SynchronizedHistogram(3);
    Histogram trips = new SynchronizedHistogram(3);
    Samples rate = new Samples();
    Samples disk = new Samples();
    try (BenchHub hub = new BenchHub(bench, name());
        BenchDevices devices =
            new BenchDevices(
                bench, hub, bench.devices(), (number, command) -> grant(bench, command, grants))) {
      for (int run = 0; run <= bench.runs(); run++) {
        bench.progress("jobs: job " + run + " of " + bench.runs());
        disk.add(Disk.perSecond(Disk.syncs(bench.root(), bench.nanoTime())));
        if (run == 1) {
          grants.reset();
        }
        double seconds = job(bench, hub);
        if (run > 0) {
          rate.add(bench.devices() / seconds);
          roundTrips(bench, devices, trips);
        }
      }
    }
    return List.of(
        Figure.of("job executions", rate, "1/s", "appends of 4 KiB, each synced", disk.median())
            .within(Budget.atLeast(EXECUTIONS_PER_SECOND)),
        new Figure(
            "job grant p99",
            grants.getValueAtPercentile(99),
            "ms",
            (int) grants.getTotalCount(),
            "p99 until the broker takes one message of each device, all at once",
            trips.getValueAtPercentile(99) / 1e3,
            Budget.atMost(GRANT_MS)));
  }

  private static void grant(Bench bench, Command command, Histogram grants) {
    if (command.hasLease()) {
      grants.recordValue(Math.max(0, bench.clock().millis() - command.getIssuedMs()));
    }
  }

  private static double job(Bench bench, BenchHub hub) {
    long started = bench.nanoTime().getAsLong();
    Job job =
        hub.jobs().create(Jobs.tool("device.status", "{}", 0).setConcurrency(bench.devices()));
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
    return bench.secondsSince(started);
  }

  private static void roundTrips(Bench bench, BenchDevices devices, Histogram micros) {
    CompletableFuture.allOf(
            devices.all().stream()
                .map(
                    device -> {
                      long sent = bench.nanoTime().getAsLong();
                      return device
                          .heartbeat()
                          .thenRun(
                              () ->
                                  micros.recordValue(
                                      TimeUnit.NANOSECONDS.toMicros(
                                          bench.nanoTime().getAsLong() - sent)));
                    })
                .toArray(CompletableFuture[]::new))
        .join();
  }
}
