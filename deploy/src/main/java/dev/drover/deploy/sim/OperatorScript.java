package dev.drover.deploy.sim;

import dev.drover.v1.JobSpec;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.Task;
import dev.drover.v1.ToolTask;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * The operators: they enrol devices, publish releases, make jobs, change their minds. What they
 * want is drawn from the seed.
 */
final class OperatorScript {
  private static final String[] AUTHORS = {"anna", "bert", "carl"};
  private static final int MINUTE_MS = 60_000;

  private final SimWorld world;
  private final RandomGenerator random;
  private final Asking asking;
  private final Enrolments enrolments;
  private final Interventions interventions;
  private final JobDraws draws;
  private final List<String> jobs = new ArrayList<>();
  private final Set<String> configured = new LinkedHashSet<>();
  private int probes;
  private final Set<String> probed = new LinkedHashSet<>();

  OperatorScript(SimWorld world) {
    this.world = world;
    this.random = world.randomOf("operator");
    this.asking = new Asking(world);
    this.enrolments = new Enrolments(world, world.randomOf("enrolments"), asking);
    this.interventions = new Interventions(world, world.randomOf("interventions"), asking);
    this.draws = new JobDraws(world, world.randomOf("jobs"));
  }

  /** Returns the jobs that the hub confirmed. */
  List<String> jobs() {
    return List.copyOf(jobs);
  }

  /** Returns how many requests still wait for an answer. */
  int unanswered() {
    return asking.unanswered();
  }

  /** Returns the jobs that the hub said it had cancelled. */
  Set<String> cancelled() {
    return interventions.cancelled();
  }

  /** Returns what else the hub confirmed to operators. */
  Set<String> deeds() {
    return interventions.deeds();
  }

  /** Enrols everybody, and plans what is to be done until the given time. */
  void begin(long untilMs) {
    for (SimAgent agent : world.agents()) {
      boolean late = random.nextInt(6) == 0;
      asking.planned(
          late ? 20_000 + random.nextInt(2 * MINUTE_MS) : 0, () -> enrolments.enrol(agent));
    }
    interventions.saveGroups();
    int span = (int) Math.max(1, untilMs - MINUTE_MS);
    times(1 + random.nextInt(2), 10_000, this::publish);
    times(random.nextInt(4), span, this::publish);
    if (random.nextInt(4) > 0) {
      world.after(14_000 + random.nextInt(20_000), this::firstRollout);
    }
    times(4 + random.nextInt(5), span, this::createJob);
    times(random.nextInt(8), (int) untilMs, enrolments::change);
    times(random.nextInt(3), span, interventions::changeGroup);
  }

  private void times(int count, int spanMs, Runnable what) {
    for (int i = 0; i < count; i++) {
      world.after(3_000 + random.nextInt(spanMs), what);
    }
  }

  private void publish() {
    if (world.releases().hasNext()) {
      SignedReleases.Signed next = world.releases().publishNext(world.broker());
      asking.ask(
          "publish " + next.manifest().label(),
          fleet -> fleet.registry().publishRelease(SimReleases.facts(next), "anna"),
          release -> {});
    }
  }

  // -------------------------------------------------------------------------------------- devices

  /** Has a device enrolled, anew if it was before, and switched on. */
  void enrol(SimAgent agent) {
    enrolments.enrol(agent);
  }

  /** After a restore: has those enrolled again whom the hub no longer knows as they are. */
  void enrolForgotten() {
    enrolments.enrolForgotten();
  }

  /** Notes that the hub confirmed another configuration of a device. */
  void configured(String device) {
    configured.add(device);
  }

  /** Returns the devices of which the hub confirmed another configuration. */
  Set<String> configured() {
    return Set.copyOf(configured);
  }

  // ----------------------------------------------------------------------------------------- jobs

  private void firstRollout() {
    if (!world.releases().published().isEmpty()) {
      create(draws.firstRollout());
    }
  }

  private void createJob() {
    create(draws.next());
  }

  private void create(JobSpec spec) {
    String author = AUTHORS[random.nextInt(AUTHORS.length)];
    boolean hasty = random.nextInt(8) == 0;
    if (hasty) {
      world.faults().crashHubSoon();
    }
    asking.ask(
        "create " + spec.getIdempotencyKey(),
        hasty ? 1 : Asking.TRIES_MAX,
        fleet -> fleet.jobs().create(spec, author),
        job -> {
          made(job.getJob(), spec, author);
          interventions.plan(job, spec, author);
        },
        refused -> {});
  }

  private void made(String job, JobSpec spec, String author) {
    jobs.add(job);
    world.counters().jobs++;
    world.invariants().watch(job, slots(spec));
    world.jobRules().watch(job, spec, author);
  }

  private static int slots(JobSpec spec) {
    return spec.getConcurrency() == 0 ? SimHub.CONCURRENCY : spec.getConcurrency();
  }

  /** Asks every device for something harmless, once nothing breaks any more. */
  void probe() {
    probes++;
    JobSpec spec =
        JobSpec.newBuilder()
            .setName("probe " + probes)
            .setIdempotencyKey("probe-" + probes)
            .setDeadlineSeconds(600)
            .setRetry(RetrySpec.newBuilder().setAttempts(3).setBackoffSeconds(5))
            .setTask(Task.newBuilder().setTool(ToolTask.newBuilder().setTool(SimTools.IDEMPOTENT)))
            .build();
    asking.ask(
        "create probe",
        fleet -> fleet.jobs().create(spec, "anna"),
        job -> {
          probed.add(job.getJob());
          made(job.getJob(), spec, "anna");
        });
  }

  /** Returns whether a job is one of {@link #probe}. */
  boolean isProbe(String job) {
    return probed.contains(job);
  }
}
