package dev.drover.deploy.sim;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Hashes;
import dev.drover.v1.AbortRule;
import dev.drover.v1.AskTask;
import dev.drover.v1.Conditions;
import dev.drover.v1.FailureKind;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import dev.drover.v1.InstallTask;
import dev.drover.v1.JobSpec;
import dev.drover.v1.Placement;
import dev.drover.v1.Rate;
import dev.drover.v1.RateCriterion;
import dev.drover.v1.RateIncrease;
import dev.drover.v1.ResultMode;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.StopAction;
import dev.drover.v1.TargetSelection;
import dev.drover.v1.Task;
import dev.drover.v1.Timers;
import dev.drover.v1.ToolTask;
import dev.drover.v1.Unreachable;
import dev.drover.v1.Window;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.random.RandomGenerator;

/** Draws what operators want done: any kind of job that the hub takes, and what it may be up to. */
final class JobDraws {
  /** Values of the label by which groups are made. */
  static final String[] GROUPS = {"even", "odd"};

  /** Names of saved groups. */
  static final String[] SAVED = {"saved-even", "saved-all"};

  private static final StopAction[] ACTIONS = {StopAction.ABORT, StopAction.PAUSE};

  private final SimWorld world;
  private final RandomGenerator random;
  private int keys;

  JobDraws(SimWorld world, RandomGenerator random) {
    this.world = world;
    this.random = random;
  }

  /** Returns whether something happens that happens once in so many times. */
  private boolean oneIn(int times) {
    return random.nextInt(times) == 0;
  }

  /** Draws a job. */
  JobSpec next() {
    keys++;
    Task task = task();
    int deadline = oneIn(4) ? 20 + random.nextInt(40) : 60 + random.nextInt(300);
    JobSpec.Builder spec =
        JobSpec.newBuilder()
            .setName("job " + keys)
            .setIdempotencyKey("key-" + keys)
            .setDeadlineSeconds(deadline)
            .setConcurrency(random.nextInt(5))
            .setPriority(random.nextInt(4))
            .setTask(task);
    if (random.nextBoolean()) {
      spec.setLeaseSeconds(20 + random.nextInt(120));
    }
    if (random.nextBoolean()) {
      spec.setRetry(retry(deadline));
    }
    if (task.hasAsk() && random.nextInt(3) > 0) {
      // A question may be put again while the answer to the first time is under way.
      spec.setLeaseSeconds(10 + random.nextInt(30))
          .setRetry(RetrySpec.newBuilder().setAttempts(3).setBackoffSeconds(random.nextInt(5)));
    }
    targets(spec);
    when(spec);
    pace(spec);
    int groups = random.nextInt(4);
    for (int i = 0; i < groups; i++) {
      spec.addGroups(group(task, i == groups - 1, spec.getSelection()));
    }
    return spec.build();
  }

  /** Returns a plain roll-out of what is published to everybody, who may join late. */
  JobSpec firstRollout() {
    keys++;
    List<SignedReleases.Signed> published = world.releases().published();
    JobSpec.Builder spec = JobSpec.newBuilder();
    if (oneIn(3)) {
      spec.setRate(Rate.newBuilder().setPerMinute(6));
    }
    return spec.setName("first " + keys)
        .setIdempotencyKey("key-" + keys)
        .setDeadlineSeconds(120 + random.nextInt(200))
        .setSelection(oneIn(2) ? TargetSelection.CONTINUOUS : TargetSelection.SNAPSHOT)
        .setRetry(RetrySpec.newBuilder().setAttempts(4).setBackoffSeconds(5))
        .setTask(install(published.get(published.size() - 1)))
        .build();
  }

  private static Task install(SignedReleases.Signed release) {
    return Task.newBuilder()
        .setInstall(InstallTask.newBuilder().setManifestSha256(sha256(release)))
        .build();
  }

  private void targets(JobSpec.Builder spec) {
    switch (random.nextInt(12)) {
      case 0, 1 -> spec.setSelector("group=" + GROUPS[random.nextInt(2)]);
      case 2 -> spec.addTargetGroups(SAVED[random.nextInt(SAVED.length)]);
      case 3 -> spec.addDevices(world.anyAgent(random).name);
      default -> {}
    }
    if (oneIn(4)) {
      spec.setSelection(TargetSelection.CONTINUOUS);
    } else if (oneIn(6)) {
      spec.setPlacement(Placement.newBuilder().setAny(1 + random.nextInt(4)));
    }
  }

  private void when(JobSpec.Builder spec) {
    if (oneIn(6)) {
      spec.addWindows(
          Window.newBuilder()
              .setCron("*/" + (2 + random.nextInt(3)) + " * * * *")
              .setDurationMinutes(1)
              .setZone(oneIn(3) ? "Europe/Berlin" : ""));
    }
    if (oneIn(4)) {
      spec.setConditions(
          Conditions.newBuilder()
              .setMains(random.nextBoolean())
              .setUnmetered(oneIn(3))
              .setIdle(oneIn(3))
              .setOwnerConsent(oneIn(3)));
    }
    if (oneIn(spec.getTask().hasInstall() ? 2 : 3)) {
      spec.setTimers(
          Timers.newBuilder()
              .setOfferSeconds(oneIn(2) ? 5 + random.nextInt(20) : 0)
              .setRunSeconds(oneIn(2) ? 3 + random.nextInt(30) : 0)
              .setStepSeconds(oneIn(2) ? 3 + random.nextInt(30) : 0)
              .setQueueSeconds(oneIn(2) ? 3 + random.nextInt(30) : 0));
    }
    if (oneIn(8)) {
      spec.setStartMs(world.nowMs() + random.nextInt(60_000));
    }
    if (oneIn(5)) {
      spec.setApprovals(1 + random.nextInt(2));
    }
  }

  private RetrySpec retry(int deadline) {
    RetrySpec.Builder retry = RetrySpec.newBuilder().setAttempts(1 + random.nextInt(4));
    int backoff = random.nextInt(20);
    retry.setBackoffSeconds(backoff);
    if (oneIn(3)) {
      retry.setBackoffMaxSeconds(Math.min(deadline, backoff + random.nextInt(60)));
    }
    if (oneIn(3)) {
      retry.setJitterPercent(random.nextInt(101));
    }
    if (oneIn(4)) {
      retry.addErrors(ErrorCode.UNAVAILABLE.name()).addErrors(ErrorCode.LEASE_EXPIRED.name());
    }
    return retry.build();
  }

  private void pace(JobSpec.Builder spec) {
    if (oneIn(4)) {
      int perMinute = 4 + random.nextInt(60);
      Rate.Builder rate = Rate.newBuilder().setPerMinute(perMinute);
      if (random.nextBoolean()) {
        rate.setIncrease(
            RateIncrease.newBuilder()
                .setFactorTenths(11 + random.nextInt(20))
                .setEvery(1 + random.nextInt(3))
                .setPerMinuteMax(perMinute * (1 + random.nextInt(4)))
                .setCriterion(
                    random.nextBoolean()
                        ? RateCriterion.GRANTED_EXECUTIONS
                        : RateCriterion.SUCCEEDED_EXECUTIONS));
      }
      spec.setRate(rate);
    }
    if (oneIn(4)) {
      FailureKind[] kinds = FailureKind.values();
      spec.addAbortRules(
          AbortRule.newBuilder()
              .setFailure(kinds[random.nextInt(kinds.length - 1)])
              .setThreshold(1_000 + random.nextInt(9_000))
              .setMinimumEnded(random.nextInt(3))
              .setAction(action(spec.getTask())));
    }
  }

  private StopAction action(Task task) {
    return task.hasInstall() && random.nextBoolean()
        ? StopAction.ROLL_BACK
        : ACTIONS[random.nextInt(ACTIONS.length)];
  }

  private Task task() {
    List<SignedReleases.Signed> published = world.releases().published();
    int of = random.nextInt(10);
    if (of < 3 && !published.isEmpty()) {
      return install(
          published.get(oneIn(3) ? random.nextInt(published.size()) : published.size() - 1));
    }
    if (of < 5) {
      return Task.newBuilder().setAsk(question(published)).build();
    }
    return Task.newBuilder().setTool(ToolTask.newBuilder().setTool(tool())).build();
  }

  private static ByteString sha256(SignedReleases.Signed release) {
    return ByteString.copyFrom(Hashes.unhex(release.sha256()));
  }

  private AskTask.Builder question(List<SignedReleases.Signed> published) {
    AskTask.Builder ask = AskTask.newBuilder();
    if (oneIn(6)) {
      ask.setMode(ResultMode.FLEET_ONLY);
    }
    if (published.isEmpty() || random.nextBoolean()) {
      return ask.setManifestSha256(ByteString.copyFrom(SimReleases.factorySha256()))
          .setQuestion(SimReleases.QUESTION);
    }
    ask.setManifestSha256(sha256(published.get(random.nextInt(published.size()))));
    return random.nextBoolean()
        ? ask.setQuestion(SignedReleases.SHORT).putParameters("where", "in")
        : ask.setQuestion(SignedReleases.LONG);
  }

  private String tool() {
    return switch (random.nextInt(12)) {
      case 0 -> SimTools.FORBIDDEN;
      case 1, 2, 3, 4 -> SimTools.IDEMPOTENT;
      case 5, 6, 7 -> SimTools.CHECKABLE;
      default -> SimTools.ONCE;
    };
  }

  private GroupSpec group(Task task, boolean last, TargetSelection selection) {
    GroupSpec.Builder group = GroupSpec.newBuilder();
    if (!last && oneIn(5)) {
      group.setSelector("group=" + GROUPS[random.nextInt(GROUPS.length)]);
    } else if (!last && random.nextBoolean()) {
      group.setPercent(10 + random.nextInt(30));
    } else if (!last) {
      group.setCount(1 + random.nextInt(3));
    }
    if (random.nextInt(3) > 0) {
      Gate.Builder gate =
          Gate.newBuilder()
              .setSuccessPercent(random.nextInt(4) * 25)
              .setSoakSeconds((long) random.nextInt(2) * random.nextInt(30))
              .setOnFailure(action(task));
      if (random.nextInt(3) > 0) {
        gate.setFailurePercent(random.nextInt(5) * 25);
      }
      if (oneIn(4)) {
        gate.setUnreachable(Unreachable.UNREACHABLE_IGNORED);
      }
      if (oneIn(4)) {
        gate.setMinimumEnded(1 + random.nextInt(Math.max(1, Math.min(3, group.getCount()))));
      }
      boolean open = last && selection == TargetSelection.CONTINUOUS;
      if (oneIn(4) && !open) {
        gate.setDeadlineSeconds(10 + random.nextInt(60));
      }
      health(gate, task);
      group.setGate(gate);
    }
    return group.build();
  }

  private void health(Gate.Builder gate, Task task) {
    if (task.hasInstall() && oneIn(2)) {
      gate.addHealth(
          HealthCheck.newBuilder()
              .setFigure(HealthFigure.CRASHES)
              .setLimit(random.nextInt(3))
              .setDevicesMinimum(random.nextInt(2)));
    }
    if (task.hasInstall() && oneIn(4)) {
      gate.addHealth(atLeast(HealthFigure.EVAL_PASS_PERMILLE, random.nextInt(1001)));
    }
    if ((task.hasInstall() || task.hasAsk()) && oneIn(4)) {
      int limit = 1 << (8 + random.nextInt(10));
      gate.addHealth(atLeast(HealthFigure.MILLITOKENS_PER_SECOND, limit));
    }
  }

  private HealthCheck atLeast(HealthFigure figure, int limit) {
    return HealthCheck.newBuilder()
        .setFigure(figure)
        .setLimit(limit)
        .setDevicesPercent(random.nextInt(101))
        .build();
  }
}
