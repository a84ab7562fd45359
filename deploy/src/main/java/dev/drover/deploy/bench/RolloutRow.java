package dev.drover.deploy.bench;

import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.Jobs;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * How long the hub takes to bring a task to many devices in ten groups, each of which waits until
 * the one before it has wholly succeeded.
 */
final class RolloutRow implements Row {
  private static final int DEVICES = 2_000;
  private static final int GROUPS = 10;
  private static final double SECONDS = 10;
  private static final Duration DEADLINE = Duration.ofMinutes(5);

  @Override
  public String name() {
    return "jobs-rollout";
  }

  @Override
  public List<Figure> run(Bench bench) throws IOException {
    int count = Math.min(DEVICES, 2 * bench.devices());
    Samples staged = new Samples();
    Samples memory = new Samples();
    Samples before = new Samples();
    Samples syncs = new Samples();
    try (BenchHub hub = new BenchHub(bench, name());
        BenchDevices devices = new BenchDevices(bench, hub, count, (number, command) -> {})) {
      before.add(hub.megabytes());
      for (int run = 0; run <= bench.runs(); run++) {
        bench.progress("rollout: run " + run + " of " + bench.runs());
        double perSecond = Disk.perSecond(Disk.syncs(bench.root(), bench.nanoTime()));
        double seconds = rollout(bench, hub, count);
        if (run > 0) {
          staged.add(seconds);
          // Each execution is granted, reported three times and counted: five durable steps.
          syncs.add(5.0 * devices.all().size() / perSecond);
          memory.add(hub.megabytes());
        }
      }
    }
    return List.of(
        Figure.of(
                count + " devices in 10 groups",
                staged,
                "s",
                "as many appends of 4 KiB as there are steps, each synced",
                syncs.median())
            .within(Budget.atMost(SECONDS)),
        new Figure(
            "hub memory after it",
            memory.median(),
            "MB",
            memory.count(),
            "the same before it",
            before.median(),
            null));
  }

  private static double rollout(Bench bench, BenchHub hub, int count) {
    JobSpec.Builder spec = Jobs.tool("device.status", "{}", 0).setConcurrency(count);
    Gate all = Gate.newBuilder().setSuccessPercent(100).build();
    for (int i = 0; i < GROUPS; i++) {
      spec.addGroups(GroupSpec.newBuilder().setPercent(100 / GROUPS).setGate(all));
    }
    long started = bench.nanoTime().getAsLong();
    Job done = hub.jobs().finish(hub.jobs().create(spec).getJob(), DEADLINE);
    if (done.getState() != JobState.JOB_SUCCEEDED) {
      throw new CheckFailed("A roll-out ended " + done.getState() + ": " + done.getCause());
    }
    return bench.secondsSince(started);
  }
}
