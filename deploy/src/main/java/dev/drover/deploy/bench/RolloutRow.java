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
import java.util.ArrayList;
import java.util.List;

/**
 * How long the hub takes to bring a task to many devices in ten groups, each of which waits until
 * the one before it has wholly succeeded.
 */
final class RolloutRow implements Row {
  private static final int DEVICES = 2_000;
  private static final int GROUPS = 10;
  private static final double SECONDS = 10;
  private static final String MESSAGES = "drover_broker_messages_total";
  private static final Duration DEADLINE = Duration.ofMinutes(5);

  @Override
  public String name() {
    return "jobs-rollout";
  }

  /** What was measured, sample by sample. */
  private static final class Measured {
    private final Samples staged = new Samples();
    private final Samples alone = new Samples();
    private final Samples disk = new Samples();
    private final Samples memory = new Samples();
    private final Samples messages = new Samples();
    private final List<Commits> commits = new ArrayList<>();
    private double before;
  }

  @Override
  public List<Figure> run(Bench bench) throws IOException {
    int count = Math.min(DEVICES, 2 * bench.devices());
    Measured measured = new Measured();
    try (BenchHub hub = new BenchHub(bench, name());
        BenchDevices devices = new BenchDevices(bench, hub, count, (number, command) -> {})) {
      measured.before = hub.megabytes();
      for (int run = 0; run <= bench.runs(); run++) {
        bench.progress("rollout: run " + run + " of " + bench.runs());
        sample(bench, hub, count, run > 0 ? measured : new Measured());
      }
      hub.stop();
      for (Commits commits : measured.commits) {
        measured.disk.add(Disk.seconds(bench.root(), commits, bench.nanoTime()));
      }
      alone(bench, hub, devices, measured.alone);
    }
    return figures(count, measured);
  }

  private static List<Figure> figures(int count, Measured measured) {
    return List.of(
        Figure.of(
                count + " devices in 10 groups",
                measured.staged,
                "s",
                "the same messages, group by group, through the same broker without a hub",
                measured.alone.median())
            .within(Budget.atMost(SECONDS)),
        Figure.of(
            "the roll-out and the disk", measured.staged, "s", Disk.PEER, measured.disk.median()),
        Figure.of(
            "messages of the roll-out",
            measured.messages,
            "",
            "what the broker without a hub had",
            BrokerAlone.MESSAGES * count),
        Figure.of(
            "hub memory after it", measured.memory, "MB", "the same before it", measured.before));
  }

  private static void sample(Bench bench, BenchHub hub, int count, Measured measured)
      throws IOException {
    Commits commits = hub.commits();
    double messages = hub.metric(MESSAGES);
    measured.staged.add(rollout(bench, hub, count));
    measured.memory.add(hub.megabytes());
    measured.messages.add(hub.metric(MESSAGES) - messages);
    measured.commits.add(hub.commits().since(commits));
  }

  /** A group of the same size after the other, each of which begins when all have answered. */
  private static void alone(Bench bench, BenchHub hub, BenchDevices devices, Samples seconds)
      throws IOException {
    int all = devices.all().size();
    try (BrokerAlone broker = new BrokerAlone(bench, hub, devices)) {
      for (int run = 0; run <= bench.runs(); run++) {
        bench.progress("rollout: broker alone, run " + run + " of " + bench.runs());
        double sum = 0;
        for (int group = 0; group < GROUPS; group++) {
          int first = all * group / GROUPS;
          int size = all * (group + 1) / GROUPS - first;
          sum += broker.round(first, size, size);
        }
        if (run > 0) {
          seconds.add(sum);
        }
      }
      devices.close();
    }
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
