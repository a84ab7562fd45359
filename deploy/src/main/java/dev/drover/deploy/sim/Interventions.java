package dev.drover.deploy.sim;

import com.google.protobuf.ByteString;
import dev.drover.hub.fleet.FleetService;
import dev.drover.v1.HubAction;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.TargetGroup;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** What operators do about jobs that are there: judge them, stop them, go on, bring back. */
final class Interventions {
  private static final String[] APPROVERS = {"bert", "carl", "dora"};
  private static final int SOON_MS = 25_000;

  private final SimWorld world;
  private final RandomGenerator random;
  private final Asking asking;
  private final Set<String> cancelled = new LinkedHashSet<>();
  private final Set<String> rolledBack = new LinkedHashSet<>();
  private final Set<String> deeds = new LinkedHashSet<>();

  Interventions(SimWorld world, RandomGenerator random, Asking asking) {
    this.world = world;
    this.random = random;
    this.asking = asking;
  }

  /** Returns the jobs that the hub said it had cancelled, and that nobody touched after. */
  Set<String> cancelled() {
    Set<String> still = new LinkedHashSet<>(cancelled);
    still.removeAll(rolledBack);
    return still;
  }

  /** Returns what the hub confirmed to operators: the action, a space and the job. */
  Set<String> deeds() {
    return Set.copyOf(deeds);
  }

  private boolean oneIn(int times) {
    return random.nextInt(times) == 0;
  }

  /** Plans what happens to a job that was just made by somebody. */
  void plan(Job job, JobSpec spec, String author) {
    if (spec.getApprovals() > 0) {
      judge(job, spec.getApprovals(), author);
    }
    int endMs = (int) spec.getDeadlineSeconds() * 1000 + SOON_MS;
    if (oneIn(3)) {
      soon(endMs / 2, () -> pause(job.getJob()));
    }
    if (oneIn(8)) {
      soon(endMs, () -> change(job.getJob(), "resume"));
    }
    if (oneIn(5)) {
      soon(endMs, () -> cancel(job.getJob()));
    }
    if (oneIn(spec.getTask().hasInstall() ? 2 : 12)) {
      soon(endMs, () -> rollBack(job.getJob()));
    }
  }

  private void soon(int withinMs, Runnable then) {
    world.after(1_000 + random.nextInt(withinMs), then);
  }

  // ------------------------------------------------------------------------------------- judging

  private void judge(Job job, int needed, String author) {
    if (oneIn(2)) {
      soon(SOON_MS, () -> approve(job, author, author));
    }
    if (oneIn(6)) {
      soon(SOON_MS, () -> deny(job, author, APPROVERS[random.nextInt(APPROVERS.length)]));
    }
    int approvers = oneIn(5) ? needed - 1 : needed;
    int first = random.nextInt(APPROVERS.length);
    for (int i = 0; i < approvers; i++) {
      String approver = APPROVERS[(first + i) % APPROVERS.length];
      soon(SOON_MS, () -> approve(job, author, approver));
      if (oneIn(4)) {
        soon(SOON_MS, () -> approve(job, author, approver));
      }
    }
  }

  private ByteString seen(Job job) {
    return oneIn(8) ? ByteString.copyFromUtf8("another") : job.getSpecSha256();
  }

  private void approve(Job job, String author, String by) {
    ByteString spec = seen(job);
    boolean right = spec.equals(job.getSpecSha256()) && !by.equals(author);
    if (right) {
      world.jobRules().approves(job.getJob(), by);
    }
    asking.ask(
        by + " approves " + job.getJob(),
        fleet -> fleet.jobControl().approve(job.getJob(), spec, by),
        done -> judged(right, HubAction.JOB_APPROVED_BY, job.getJob(), by));
  }

  private void deny(Job job, String author, String by) {
    ByteString spec = seen(job);
    boolean right = spec.equals(job.getSpecSha256()) && !by.equals(author);
    asking.ask(
        by + " denies " + job.getJob(),
        fleet -> fleet.jobControl().deny(job.getJob(), spec, by),
        done -> judged(right, HubAction.JOB_DENIED_BY, job.getJob(), by));
  }

  private void judged(boolean right, HubAction action, String job, String by) {
    deeds.add(action + " " + job);
    if (!right && !world.hubEverForgot()) {
      world
          .invariants()
          .fail(JobInvariants.APPROVED, by + " judged " + job + ", and may not, or saw another.");
    }
  }

  // ------------------------------------------------------------------------------------ stopping

  private void cancel(String job) {
    asking.ask(
        "cancel " + job,
        fleet -> fleet.jobs().cancel(job, "bert"),
        done -> {
          cancelled.add(job);
          deeds.add(HubAction.JOB_CANCELLED_BY + " " + job);
          if (oneIn(3)) {
            soon(SOON_MS, () -> cancel(job));
          }
        });
  }

  private void pause(String job) {
    asking.ask(
        "pause " + job,
        fleet -> fleet.jobControl().pause(job, "a look", "bert"),
        done -> {
          if (oneIn(3)) {
            soon(SOON_MS, () -> change(job, "pause"));
          }
          if (random.nextInt(4) > 0) {
            soon(2 * SOON_MS, () -> change(job, "resume"));
          }
        });
  }

  private void rollBack(String job) {
    rolledBack.add(job);
    asking.ask(
        "roll back " + job,
        fleet -> fleet.jobControl().rollBack(job, "it is bad", "carl"),
        done -> {
          if (oneIn(3)) {
            soon(SOON_MS, () -> change(job, "roll back"));
          }
          if (oneIn(6)) {
            soon(SOON_MS, () -> cancel(job));
          }
        });
  }

  private void change(String job, String what) {
    Function<FleetService, CompletionStage<Job>> call =
        switch (what) {
          case "pause" -> fleet -> fleet.jobControl().pause(job, "", "carl");
          case "resume" -> fleet -> fleet.jobControl().resume(job, "", "carl");
          default -> fleet -> fleet.jobControl().rollBack(job, "", "carl");
        };
    if (what.equals("roll back")) {
      rolledBack.add(job);
    }
    boolean resumes = what.equals("resume");
    if (resumes) {
      world.jobRules().resumes(job, true);
    }
    Runnable answered =
        () -> {
          if (resumes) {
            world.jobRules().resumes(job, false);
          }
        };
    asking.ask(
        what + " " + job + " too",
        Asking.TRIES_MAX,
        call,
        done -> answered.run(),
        refused -> answered.run());
  }

  // -------------------------------------------------------------------------------------- groups

  /** Saves the groups that jobs name. */
  void saveGroups() {
    saveGroup(JobDraws.SAVED[0], "group=even");
    saveGroup(JobDraws.SAVED[1], "");
  }

  /** Lets a saved group mean others, or removes it for a while. */
  void changeGroup() {
    String name = JobDraws.SAVED[random.nextInt(JobDraws.SAVED.length)];
    if (oneIn(3)) {
      asking.ask(
          "remove group " + name,
          fleet -> fleet.groups().remove(name, "dora").thenApply(done -> name),
          done -> soon(SOON_MS, () -> saveGroup(name, "")));
    } else {
      saveGroup(name, "group=" + JobDraws.GROUPS[random.nextInt(2)]);
    }
  }

  private void saveGroup(String name, String selector) {
    TargetGroup group = TargetGroup.newBuilder().setName(name).setSelector(selector).build();
    asking.ask("save group " + name, fleet -> fleet.groups().save(group, "dora"), saved -> {});
  }
}
