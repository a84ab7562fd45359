package dev.drover.deploy.sim;

import dev.drover.crypto.Hashes;
import dev.drover.hub.core.JobRows;
import dev.drover.v1.Group;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.Lease;
import dev.drover.wire.JobStates;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What must hold of jobs against what operators really asked for. */
final class JobInvariants {
  static final String APPROVED = "nothing starts without the approvals that it needs";
  static final String START = "nothing starts before the job's start";
  static final String PAUSED = "a paused job widens by nobody";
  static final String RATE = "no more is granted than the job's rate allows";

  private static final long LEAP_MS = 10_000;
  private static final long SLACK_MS = 2_000;

  private final SimWorld world;
  private final Map<String, Book> books = new HashMap<>();

  /** What the world knows of a job without the hub. */
  private static final class Book {
    final JobSpec spec;
    final String author;
    final Set<String> approvers = new HashSet<>();
    final RuleCheck rules;

    /** Grants while it is paused, and whether all that was on its way then has been dealt with. */
    int grantedPaused = -1;

    boolean settledPaused;

    /** Resumes that operators asked for and the hub has not answered: it may run for a moment. */
    int resumes;

    Book(JobSpec spec, String author, RuleCheck rules) {
      this.spec = spec;
      this.author = author;
      this.rules = rules;
    }
  }

  JobInvariants(SimWorld world) {
    this.world = world;
  }

  /** Follows a job from now on. */
  void watch(String job, JobSpec spec, String author) {
    books.computeIfAbsent(
        job, unused -> new Book(spec, author, new RuleCheck(world.invariants(), spec)));
  }

  /** Notes that somebody asks to approve a job, whatever becomes of that. */
  void approves(String job, String by) {
    Book book = books.get(job);
    if (book != null && !book.author.equals(by)) {
      book.approvers.add(by);
    }
  }

  /** Notes that somebody asks to resume a job, or that the hub answered that. */
  void resumes(String job, boolean asks) {
    Book book = books.get(job);
    if (book != null) {
      book.resumes += asks ? 1 : -1;
      unpaused(book);
    }
  }

  /** Forgets what was seen of jobs, when the hub itself was made to forget. */
  void hubForgot() {
    books.values().forEach(JobInvariants::unpaused);
  }

  private static void unpaused(Book book) {
    book.grantedPaused = -1;
    book.settledPaused = false;
  }

  /**
   * Checks a job that has changed.
   *
   * @param beforeMs engine time at which the hub was looked at before
   */
  void changed(Job job, long beforeMs) {
    Book book = books.get(job.getJob());
    if (book == null || world.hubEverForgot()) {
      return;
    }
    int granted = job.getGroupsList().stream().mapToInt(Group::getGranted).sum();
    if (job.getState() != JobState.JOB_PAUSED || book.resumes > 0) {
      unpaused(book);
    } else if (book.grantedPaused >= 0 && granted > book.grantedPaused) {
      fail(PAUSED, "%s was paused with %d grants and has %d.", job, book.grantedPaused, granted);
    } else {
      book.grantedPaused = granted;
    }
    book.rules.check(job, beforeMs, world.hub().engineNowMs());
    if (book.spec.hasRate() && !JobStates.isTerminal(job.getState())) {
      rate(job, book.spec);
    }
  }

  private void rate(Job job, JobSpec spec) {
    long most =
        Math.max(spec.getRate().getPerMinute(), spec.getRate().getIncrease().getPerMinuteMax());
    long perMinute = job.getRatePerMinute() > 0 ? job.getRatePerMinute() : most;
    int granted =
        job.getGroupsList().stream()
            .filter(group -> !group.getRollback())
            .mapToInt(Group::getGranted)
            .sum();
    long elapsedMs = Math.max(0, world.hub().engineNowMs() - job.getCreatedMs());
    long allowed = Math.max(1, perMinute / 60) + perMinute * elapsedMs / 60_000 + 1;
    if (perMinute > most) {
      fail(RATE, "%s has a rate of %d a minute, and %d is the most.", job, perMinute, most);
    } else if (granted > allowed) {
      fail(RATE, "%s has granted %d, and %d are allowed by now.", job, granted, allowed);
    }
  }

  /** Notes that the hub has nothing left to do at once: what was paused is settled. */
  void hubIdle() {
    books.values().forEach(book -> book.settledPaused = book.grantedPaused >= 0);
  }

  /** Checks a lease when it is published for the first time. */
  void leasePublished(Job job, Lease lease) {
    Book book = books.get(job.getJob());
    JobSpec spec = book == null ? job.getSpec() : book.spec;
    if (world.hubEverForgot()) {
      return;
    }
    int approvals = book == null ? 0 : book.approvers.size();
    if (approvals < spec.getApprovals()) {
      fail(APPROVED, "%s has %d approvals and needs %d.", job, approvals, spec.getApprovals());
    }
    boolean sure = !world.faults().clocksWrong(SimHub.NAME);
    long aheadMs = SLACK_MS + LEAP_MS * (world.hub().life() - 1);
    if (sure && spec.getStartMs() > world.nowMs() + aheadMs) {
      fail(START, "%s starts %s too early, by %d ms.", job, lease.getExecution(), aheadMs);
    }
    if (book != null && book.settledPaused) {
      fail(PAUSED, "%s is paused and grants %s%s.", job, lease.getExecution(), "");
    }
  }

  /** Checks a job once the world is quiet. */
  void check(Job job, List<JobRows.Target> targets) {
    if (job.getState() != JobState.JOB_ROLLED_BACK || world.hubEverForgot()) {
      return;
    }
    String release =
        Hashes.hex(job.getSpec().getTask().getInstall().getManifestSha256().toByteArray());
    for (JobRows.Target target : targets) {
      SimAgent agent =
          world.agents().stream()
              .filter(one -> one.name.equals(target.device()))
              .findFirst()
              .orElseThrow();
      if (!world.ledger().isStained(agent.name)
          && InstallLedger.follows(agent).equals(release)
          && !others(job, agent.name, release)) {
        fail(
            InstallLedger.BACK,
            "%s is rolled back, and %s follows %.8s.",
            job,
            agent.name,
            release);
      }
    }
  }

  /** Returns whether another job gave a device the same release. */
  private boolean others(Job job, String device, String release) {
    return world.ledger().granted().stream()
        .filter(granted -> granted.device().equals(device))
        .map(Ledger.Granted::lease)
        .filter(lease -> !lease.getJob().equals(job.getJob()) && lease.getTask().hasInstall())
        .anyMatch(
            lease ->
                Hashes.hex(lease.getTask().getInstall().getManifestSha256().toByteArray())
                    .equals(release));
  }

  private void fail(String invariant, String format, Job job, Object first, Object second) {
    world
        .invariants()
        .fail(invariant, String.format(Locale.ROOT, format, job.getJob(), first, second));
  }
}
