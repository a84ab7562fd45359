package dev.drover.deploy.sim;

import com.google.protobuf.ByteString;
import dev.drover.agent.exchange.Waiting;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Hashes;
import dev.drover.hub.fleet.FleetService;
import dev.drover.hub.v1.Credentials;
import dev.drover.v1.AskTask;
import dev.drover.v1.Conditions;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.JobSpec;
import dev.drover.v1.LabelDeviceRequest;
import dev.drover.v1.Placement;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.Task;
import dev.drover.v1.ToolTask;
import dev.drover.wire.DroverException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * The operators: they enrol devices, make jobs, change their minds. Who gets no answer asks again,
 * with the same idempotency key.
 */
final class OperatorScript {
  private static final long ANSWER_MS_MAX = 15_000;
  private static final int TRIES_MAX = 60;
  private static final String[] GROUPS = {"even", "odd"};

  private final SimWorld world;
  private final RandomGenerator random;
  private final List<String> jobs = new ArrayList<>();
  private int serials;
  private int keys;
  private final Set<String> cancelled = new LinkedHashSet<>();
  private int unanswered;
  private String probe = "";

  OperatorScript(SimWorld world) {
    this.world = world;
    this.random = world.randomOf("operator");
  }

  /** Returns the jobs that the hub confirmed. */
  List<String> jobs() {
    return List.copyOf(jobs);
  }

  /** Returns how many requests still wait for an answer. */
  int unanswered() {
    return unanswered;
  }

  /** Enrols everybody, and plans what is to be done until the given time. */
  void begin(long untilMs) {
    world.agents().forEach(this::enrol);
    int count = 2 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      world.after(3_000 + random.nextLong(Math.max(1, untilMs - 60_000)), this::createJob);
    }
    int changes = random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      world.after(5_000 + random.nextLong(untilMs), this::changeDevice);
    }
  }

  // -------------------------------------------------------------------------------------- devices

  /** Has a device enrolled, anew if it was before, and switched on. */
  void enrol(SimAgent agent) {
    serials++;
    String serial = "a" + serials;
    byte[] id = Hashes.sha256(("token " + serials).getBytes(StandardCharsets.UTF_8));
    byte[] tokenId = java.util.Arrays.copyOf(id, 16);
    long incarnation = random.nextLong();
    String group = GROUPS[world.agents().indexOf(agent) % 2];
    CreateTokenRequest request =
        CreateTokenRequest.newBuilder()
            .setDevice(agent.name)
            .putLabels("group", group)
            .setTtlSeconds(24 * 3600)
            .build();
    byte[] auditSeed = Hashes.sha256(("audit " + serial).getBytes(StandardCharsets.UTF_8));
    Credentials credentials =
        Credentials.newBuilder()
            .setSerial(serial)
            .setBulkSerial("b" + serials)
            .setAuditKey(ByteString.copyFrom(Ed25519.publicKey(auditSeed)))
            .setExpiresMs(SimWorld.BEGIN_MS + 366L * 24 * 3600 * 1000)
            .build();
    DeviceIdentity identity =
        new DeviceIdentity(
            SimWorld.TENANT,
            agent.name,
            SimWorld.NO_TLS,
            SimWorld.NO_TLS,
            auditSeed,
            SimHub.HUB_KEY,
            SimHub.linkKey(agent.name, serial),
            List.of(),
            List.of(),
            "log.example/sim",
            incarnation);
    ask(
        "enrol " + agent.name,
        fleet ->
            fleet
                .registry()
                .createToken(request, tokenId, id, "anna")
                .handle((token, again) -> token)
                .thenCompose(token -> fleet.registry().redeemToken(tokenId, id, id))
                .thenCompose(
                    token -> fleet.devices().enrol(agent.name, credentials, incarnation, id)),
        device -> {
          if (agent.life() > 0) {
            world.ledger().reborn(agent.name);
          }
          agent.kill("enrolled");
          agent.enrolled(identity, serial);
          agent.start();
        });
  }

  /** After a restore: has those enrolled again whom the hub no longer knows as they are. */
  void enrolForgotten() {
    for (SimAgent agent : world.agents()) {
      String known =
          world
              .hub()
              .fleet()
              .flatMap(fleet -> fleet.devices().credentials(agent.name))
              .map(Credentials::getSerial)
              .orElse("");
      if (agent.identity().isPresent() && !known.equals(agent.serial())) {
        enrol(agent);
      }
    }
  }

  private void enrolLater(SimAgent agent) {
    unanswered++;
    world.after(
        10_000 + random.nextLong(60_000),
        () -> {
          unanswered--;
          enrol(agent);
        });
  }

  private void changeDevice() {
    SimAgent agent = world.anyAgent(random);
    switch (random.nextInt(4)) {
      case 0 ->
          ask(
              "revoke " + agent.name,
              fleet -> fleet.devices().revoke(agent.name, "anna"),
              device -> enrolLater(agent));
      case 1 -> enrol(agent);
      default ->
          ask(
              "relabel " + agent.name,
              fleet ->
                  fleet
                      .devices()
                      .label(
                          LabelDeviceRequest.newBuilder()
                              .setDevice(agent.name)
                              .putSet("group", GROUPS[random.nextInt(2)])
                              .build(),
                          "anna"),
              device -> {});
    }
  }

  // ----------------------------------------------------------------------------------------- jobs

  private void createJob() {
    JobSpec spec = spec();
    ask(
        "create " + spec.getIdempotencyKey(),
        fleet -> fleet.jobs().create(spec, "anna"),
        job -> {
          jobs.add(job.getJob());
          world.counters().jobs++;
          world.invariants().watch(job.getJob(), slots(spec));
          // What waits for something is cancelled more often before it starts.
          if (random.nextInt(spec.hasConditions() ? 2 : 4) == 0) {
            world.after(random.nextLong(60_000), () -> cancel(job.getJob()));
          }
        });
  }

  private void cancel(String job) {
    ask(
        "cancel " + job,
        fleet -> fleet.jobs().cancel(job, "bert"),
        done -> cancelled.add(done.getJob()));
  }

  private static int slots(JobSpec spec) {
    return spec.getConcurrency() == 0 ? SimHub.CONCURRENCY : spec.getConcurrency();
  }

  /** Asks every device for something harmless, once nothing breaks any more. */
  void probe() {
    JobSpec spec =
        JobSpec.newBuilder()
            .setName("probe")
            .setIdempotencyKey("probe")
            .setDeadlineSeconds(600)
            .setRetry(RetrySpec.newBuilder().setAttempts(3).setBackoffSeconds(5))
            .setTask(Task.newBuilder().setTool(ToolTask.newBuilder().setTool(SimTools.IDEMPOTENT)))
            .build();
    ask(
        "create probe",
        fleet -> fleet.jobs().create(spec, "anna"),
        job -> {
          probe = job.getJob();
          jobs.add(job.getJob());
          world.invariants().watch(job.getJob(), slots(spec));
        });
  }

  /** Returns the job of {@link #probe}; empty before it was made, and where nobody is there. */
  String probed() {
    return probe;
  }

  /** Returns the jobs that the hub said it had cancelled. */
  Set<String> cancelled() {
    return Set.copyOf(cancelled);
  }

  private JobSpec spec() {
    keys++;
    int deadline = random.nextInt(4) == 0 ? 20 + random.nextInt(40) : 60 + random.nextInt(300);
    JobSpec.Builder spec =
        JobSpec.newBuilder()
            .setName("job " + keys)
            .setIdempotencyKey("key-" + keys)
            .setDeadlineSeconds(deadline)
            .setConcurrency(random.nextInt(5))
            .setTask(task());
    if (random.nextInt(4) == 0) {
      spec.setConditions(Conditions.newBuilder().setMains(true));
    }
    if (random.nextInt(2) == 0) {
      spec.setLeaseSeconds(20 + random.nextInt(120));
    }
    if (random.nextInt(2) == 0) {
      spec.setRetry(
          RetrySpec.newBuilder()
              .setAttempts(1 + random.nextInt(3))
              .setBackoffSeconds(random.nextInt(20)));
    }
    if (random.nextInt(4) == 0) {
      spec.setSelector("group=" + GROUPS[random.nextInt(2)]);
    }
    if (random.nextInt(6) == 0) {
      spec.setPlacement(Placement.newBuilder().setAny(1 + random.nextInt(4)));
    }
    if (spec.getTask().hasAsk()) {
      // A question may be put again while the answer to the first time is under way.
      spec.setLeaseSeconds(10 + random.nextInt(30))
          .setRetry(RetrySpec.newBuilder().setAttempts(3).setBackoffSeconds(random.nextInt(5)));
    }
    int groups = random.nextInt(4);
    for (int i = 0; i < groups; i++) {
      spec.addGroups(group(i == groups - 1));
    }
    return spec.build();
  }

  private Task task() {
    if (random.nextInt(4) == 0) {
      return Task.newBuilder()
          .setAsk(
              AskTask.newBuilder()
                  .setManifestSha256(ByteString.copyFrom(SimReleases.factorySha256()))
                  .setQuestion(SimReleases.QUESTION))
          .build();
    }
    return Task.newBuilder().setTool(ToolTask.newBuilder().setTool(tool())).build();
  }

  private String tool() {
    return switch (random.nextInt(12)) {
      case 0 -> SimTools.FORBIDDEN;
      case 1, 2, 3, 4 -> SimTools.IDEMPOTENT;
      case 5, 6, 7 -> SimTools.CHECKABLE;
      default -> SimTools.ONCE;
    };
  }

  private GroupSpec group(boolean last) {
    GroupSpec.Builder group = GroupSpec.newBuilder();
    if (!last && random.nextBoolean()) {
      group.setPercent(10 + random.nextInt(30));
    } else if (!last) {
      group.setCount(1 + random.nextInt(3));
    }
    if (random.nextInt(3) > 0) {
      group.setGate(
          Gate.newBuilder()
              .setSuccessPercent(random.nextInt(4) * 25)
              .setFailurePercent(25 + random.nextInt(4) * 25)
              .setSoakSeconds((long) random.nextInt(2) * random.nextInt(30)));
    }
    return group.build();
  }

  // ---------------------------------------------------------------------------------------- asking

  /** Asks the hub until it answers. */
  private <T> void ask(
      String what, Function<FleetService, CompletionStage<T>> call, Consumer<T> then) {
    unanswered++;
    new Asked<>(what, call, then).again();
  }

  private final class Asked<T> {
    private final String what;
    private final Function<FleetService, CompletionStage<T>> call;
    private final Consumer<T> then;
    private int tries;
    private boolean over;

    Asked(String what, Function<FleetService, CompletionStage<T>> call, Consumer<T> then) {
      this.what = what;
      this.call = call;
      this.then = then;
    }

    void again() {
      if (over) {
        return;
      }
      int ofTry = ++tries;
      world.hub().guard(() -> world.hub().fleet().ifPresent(fleet -> begin(fleet, ofTry)));
      if (tries < TRIES_MAX) {
        world.after(ANSWER_MS_MAX, this::again);
      } else {
        over = true;
      }
    }

    private void begin(FleetService fleet, int ofTry) {
      world.trace().line("operator: %s, try %d", what, ofTry);
      var unused =
          call.apply(fleet)
              .whenComplete(
                  (answer, failure) -> {
                    // What the operator does next is no part of the hub's process.
                    world.after(1, () -> answered(answer, failure));
                  });
    }

    private void answered(T answer, @org.jspecify.annotations.Nullable Throwable failure) {
      if (over) {
        return;
      }
      DroverException refused = failure == null ? null : Waiting.cause(failure);
      boolean retry = refused != null && refused.code().retryable();
      world
          .trace()
          .line("operator: %s %s", what, refused == null ? "done" : refused.code().toString());
      if (!retry) {
        over = true;
        unanswered--;
      }
      if (refused == null) {
        then.accept(answer);
      }
    }
  }
}
