package dev.drover.deploy.sim;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.hub.core.ExecutionRows;
import dev.drover.hub.core.JobRows;
import dev.drover.hub.core.MachineKeys;
import dev.drover.hub.v1.ExecutionRow;
import dev.drover.hub.v1.JobRow;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Group;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.v1.Lease;
import dev.drover.wire.JobStates;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What must hold at every moment, whatever breaks. */
final class Invariants {
  static final String GRANTED = "no device runs what was not signed and granted to it";
  static final String EXPIRED = "no lease starts after its time";
  static final String REVOKED = "a lease that was taken back does not start";
  static final String ONCE = "no effect happens twice";
  static final String ATTEMPTS = "a next attempt begins only when the one before has ended";
  static final String EXPOSURE = "no more executions are in flight than the job's slots";
  static final String GATES = "a group starts only when the one before it did well enough";
  static final String WIDENS = "a job that was stopped widens by nobody";
  static final String TAKEN_BACK =
      "what is in flight of a job that ended or is paused is taken back";
  static final String STOPPED = "what runs of a job that was cancelled is told to stop";
  static final String WOKEN = "what waits for its next attempt is woken in time";
  static final String SAID = "what the hub has of a device, the device has said of that attempt";
  static final String RECEIVED = "the hub confirms only what reached it";
  static final String FOLLOWED = "a device follows the hub's own commands, one by one";
  static final String DROPPED = "no machine fails at a timer or at another machine's event";

  private static final long OVERDUE_MS = 30_000;

  private final SimWorld world;
  private final GateCheck gates;
  private final Map<String, Watched> jobs = new LinkedHashMap<>();
  private final Map<String, Map<String, Ledger.Granted>> inFlight = new TreeMap<>();
  private long seenCommits = -1;
  private long idleCommits = -1;
  private long lookedMs;
  private boolean stopped;

  /** A job as it was seen last. */
  private static final class Watched {
    boolean terminal;
    boolean paused;
    int granted;
    int slots;
    long version = -1;
  }

  Invariants(SimWorld world) {
    this.world = world;
    this.gates = new GateCheck(world);
  }

  /** Follows a job from now on, of which so many may be in flight. */
  void watch(String job, int slots) {
    Watched watched = jobs.computeIfAbsent(job, unused -> new Watched());
    watched.slots = slots;
  }

  /** Forgets what was seen of jobs, when the hub itself was made to forget. */
  void hubForgot() {
    jobs.values().forEach(this::forget);
    inFlight.clear();
    seenCommits = -1;
  }

  private void forget(Watched job) {
    job.terminal = false;
    job.paused = false;
    job.granted = 0;
    job.version = -1;
  }

  /** Checks what can be seen after an event. */
  void afterEvent() {
    if (!world.hub().up()) {
      return;
    }
    long commits = world.hub().disk.commits();
    if (commits != seenCommits) {
      seenCommits = commits;
      jobs.forEach(this::watchJob);
      if (world.hub().dropped() > 0) {
        fail(DROPPED, "The hub dropped an event.");
      }
    }
    lookedMs = world.hub().engineNowMs();
  }

  /** Checks what must hold whenever the hub has nothing left to do at once. */
  void hubIdle() {
    long commits = world.hub().disk.commits();
    if (commits == idleCommits) {
      return;
    }
    idleCommits = commits;
    world.jobRules().hubIdle();
    inFlight.forEach(
        (id, open) -> {
          open.values().removeIf(this::hasEnded);
          Watched seen = jobs.get(id);
          if (seen != null && (seen.terminal || seen.paused)) {
            boolean stops = seen.terminal && row(id).filter(JobRow::getStopRunning).isPresent();
            open.values().forEach(granted -> takenBack(granted, stops));
          }
        });
    jobs.forEach(
        (id, seen) -> {
          if (!seen.terminal) {
            row(id).ifPresent(row -> woken(id, row));
          }
        });
  }

  private Optional<JobRow> row(String job) {
    return world.hub().read(MachineKeys.JOB, job, JobRows::row);
  }

  private void takenBack(Ledger.Granted granted, boolean stops) {
    String name = "x/" + granted.lease().getExecution();
    Optional<ExecutionRow> row =
        world
            .hub()
            .read(
                MachineKeys.EXECUTION,
                granted.device(),
                rows -> Optional.ofNullable(rows.get(name)).map(Invariants::execution));
    if (row.filter(open -> !open.getCancelRequested()).isPresent()) {
      fail(TAKEN_BACK, granted, "of a job that was stopped is still granted to");
    } else if (stops && row.filter(open -> !open.getStopRequested()).isPresent()) {
      fail(STOPPED, granted, "of a job that was cancelled is only taken back from");
    }
  }

  private void fail(String invariant, Ledger.Granted granted, String what) {
    fail(
        invariant,
        String.format(
            Locale.ROOT, "%s %s %s.", granted.lease().getExecution(), what, granted.device()));
  }

  private static ExecutionRow execution(byte[] row) {
    try {
      return ExecutionRow.parseFrom(row);
    } catch (InvalidProtocolBufferException broken) {
      throw new IllegalStateException(broken);
    }
  }

  private void woken(String job, JobRow row) {
    boolean waits =
        row.getState() == JobState.JOB_RUNNING
            && row.getRetriesWaiting() > 0
            && row.getRateTimerMs() == 0;
    long wakesMs = row.getRetryTimerMs();
    if (waits && (wakesMs == 0 || wakesMs + OVERDUE_MS < world.hub().engineNowMs())) {
      fail(
          WOKEN,
          String.format(
              Locale.ROOT,
              "%s has %d that wait for their next attempt, and its timer is at %d.",
              job,
              row.getRetriesWaiting(),
              wakesMs));
    }
  }

  private void watchJob(String id, Watched seen) {
    Optional<Job> found = world.hub().job(id);
    if (found.isEmpty() || found.get().getVersion() == seen.version) {
      return;
    }
    Job job = found.get();
    seen.version = job.getVersion();
    int granted =
        job.getGroupsList().stream()
            .filter(group -> !group.getRollback())
            .mapToInt(Group::getGranted)
            .sum();
    boolean terminal = JobStates.isTerminal(job.getState());
    if (seen.terminal && granted > seen.granted) {
      fail(
          WIDENS,
          String.format(
              Locale.ROOT,
              "%s had ended with %d grants and now has %d.",
              id,
              seen.granted,
              granted));
    }
    if (terminal != seen.terminal) {
      world.trace().line("%s is %s: %s", id, job.getState(), job.getCause());
    }
    seen.terminal = terminal;
    seen.paused = job.getState() == JobState.JOB_PAUSED;
    seen.granted = granted;
    world.jobRules().changed(job, lookedMs);
  }

  /** Checks a lease when it is published for the first time. */
  void leasePublished(Ledger.Granted granted) {
    Lease lease = granted.lease();
    Optional<Job> found = world.hub().job(lease.getJob());
    if (found.isEmpty()) {
      fail(
          GRANTED,
          String.format(Locale.ROOT, "A lease names %s, which is no job.", lease.getJob()));
      return;
    }
    Job job = found.get();
    slots(job, granted);
    world.jobRules().leasePublished(job, lease);
    int group =
        world
            .hub()
            .read(MachineKeys.JOB, job.getJob(), rows -> target(rows, lease.getExecution()))
            .orElse(0);
    boolean back = group < job.getGroupsCount() && job.getGroups(group).getRollback();
    for (int i = 0; i < group && !back; i++) {
      gates.check(job, i);
    }
  }

  private static Optional<Integer> target(dev.drover.machine.RowReader rows, String execution) {
    int number = Integer.parseInt(execution.substring(execution.lastIndexOf('-') + 1));
    return JobRows.targets(rows, number, 1).stream().map(JobRows.Target::group).findFirst();
  }

  private void slots(Job job, Ledger.Granted granted) {
    Map<String, Ledger.Granted> open =
        inFlight.computeIfAbsent(job.getJob(), unused -> new TreeMap<>());
    open.put(granted.lease().getExecution(), granted);
    open.values().removeIf(this::hasEnded);
    Watched watched = jobs.get(job.getJob());
    // A hub that was made to forget may give a job the number of one that is forgotten.
    int slots =
        watched == null || world.hubEverForgot() ? job.getSpec().getConcurrency() : watched.slots;
    // One that is tried again may fail again: it keeps its slot, but where devices go back.
    boolean back = job.getState() == JobState.JOB_ROLLING_BACK;
    int waiting = back ? 0 : row(job.getJob()).map(JobRow::getRetriesWaiting).orElse(0);
    if (open.size() + waiting > slots) {
      fail(
          EXPOSURE,
          String.format(
              Locale.ROOT,
              "%s has %d slots, %d that wait to be tried again, and in flight: %s",
              job.getJob(),
              slots,
              waiting,
              open.keySet()));
    }
  }

  private boolean hasEnded(Ledger.Granted granted) {
    Lease lease = granted.lease();
    Optional<Execution> row =
        world
            .hub()
            .read(
                MachineKeys.EXECUTION,
                granted.device(),
                rows -> ExecutionRows.execution(rows, lease.getExecution()));
    row.filter(found -> !world.ledger().words().bear(granted.device(), found))
        .ifPresent(
            found ->
                fail(
                    SAID,
                    String.format(
                        Locale.ROOT,
                        "%s#%d on %s is %s, and the device has not said so.",
                        found.getExecution(),
                        found.getAttempt(),
                        granted.device(),
                        found.getState())));
    return row.filter(found -> isOpen(found.getState())).isEmpty();
  }

  static boolean isOpen(ExecutionState state) {
    return switch (state) {
      case GRANTED, ACCEPTED, RUNNING -> true;
      default -> false;
    };
  }

  /** Notes a broken invariant and ends the world; the first one counts. */
  void fail(String invariant, String what) {
    if (!stopped) {
      stopped = true;
      world.broken(new Violation(invariant, what));
    }
  }
}
