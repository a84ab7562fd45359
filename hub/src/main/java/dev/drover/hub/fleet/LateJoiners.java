package dev.drover.hub.fleet;

import dev.drover.hub.core.JobMachine;
import dev.drover.hub.core.JobRows;
import dev.drover.hub.core.RegistryRows;
import dev.drover.hub.v1.AddLateTargets;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.JobRow;
import dev.drover.hub.v1.JobsClosed;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.v1.Device;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.wire.DroverException;
import dev.drover.wire.JobStates;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds devices that come to match an open continuous job to it, by the only way in, so that rate,
 * slots, gates and rules hold for them.
 *
 * <p>Nothing here need survive: which jobs are open, who is a target and who matches is read from
 * durable rows. A change of a device is judged against the open jobs, one device at a time; the
 * whole fleet is looked through, a page at a time, only for a job that was just made, when a saved
 * group changed, and when the hub starts. Thread-safe; returns at once.
 */
final class LateJoiners {
  private static final Logger LOG = LoggerFactory.getLogger(LateJoiners.class);
  private static final int CHANGED_MAX = 10_000;
  private static final int PORTION = JobMachine.PAGE_MAX;
  private static final long RETRY_MS = 1000;

  private final Machines machines;
  private final DeviceService devices;
  private final JobPlanner planner;
  private final Executor executor;
  private final ScheduledExecutorService timer;

  private final Map<String, OpenJob> open = new ConcurrentHashMap<>();
  private final Object lock = new Object();
  private final Set<String> changed = new LinkedHashSet<>();
  private final Deque<Scan> scans = new ArrayDeque<>();
  private boolean busy;

  /** A job that takes late joiners, and whom it takes. */
  private record OpenJob(String job, JobSpec spec, TargetFilter filter) {}

  /** How far the fleet was looked through for a job. */
  private record Scan(String job, String after) {}

  LateJoiners(
      Machines machines,
      DeviceService devices,
      JobPlanner planner,
      Executor executor,
      ScheduledExecutorService timer) {
    this.machines = machines;
    this.devices = devices;
    this.planner = planner;
    this.executor = executor;
    this.timer = timer;
  }

  /** Reads which jobs are open, and looks through the fleet for each. */
  void begin() {
    open.clear();
    machines.readRegistry(RegistryRows::openJobs).keySet().forEach(this::opened);
    closeEnded();
  }

  /** A job was made, or what it means changed. */
  void opened(String job) {
    Optional<JobRow> row = machines.readJob(job, JobRows::row);
    if (row.isEmpty() || !row.get().getBuilt() || isOver(row.get())) {
      return;
    }
    JobSpec spec = machines.readJob(job, JobRows::spec);
    open.put(job, new OpenJob(job, spec, planner.filter(spec)));
    synchronized (lock) {
      scans.add(new Scan(job, ""));
    }
    wake();
  }

  /** A saved group means others now. */
  void groupChanged(String group) {
    List.copyOf(open.values()).stream()
        .filter(job -> job.spec().getTargetGroupsList().contains(group))
        .forEach(job -> opened(job.job()));
  }

  /** A device said something or was given other labels. Costs nothing where no job is open. */
  void changed(String device) {
    if (open.isEmpty()) {
      return;
    }
    synchronized (lock) {
      if (changed.size() >= CHANGED_MAX) {
        changed.clear();
        scans.clear();
        open.keySet().forEach(job -> scans.add(new Scan(job, "")));
      } else {
        changed.add(device);
      }
    }
    wake();
  }

  /**
   * Notes in the registry which jobs ended.
   *
   * @return done when that is durable
   */
  CompletionStage<Void> closeEnded() {
    long nowMs = machines.engine().nowMs();
    JobsClosed.Builder closed = JobsClosed.newBuilder();
    machines
        .readRegistry(RegistryRows::openJobs)
        .forEach(
            (job, reservedMs) -> {
              Optional<JobRow> row = machines.readJob(job, JobRows::row);
              boolean lost = row.isEmpty() && nowMs - reservedMs > JobMachine.BUILD_MS;
              if (lost || row.filter(LateJoiners::isOver).isPresent()) {
                closed.addJobs(job);
                open.remove(job);
              }
            });
    return closed.getJobsCount() == 0
        ? CompletableFuture.completedFuture(null)
        : machines
            .registry(RegistryEnvelope.newBuilder().setJobsClosed(closed))
            .thenAccept(done -> {});
  }

  private static boolean isOver(JobRow row) {
    return JobStates.isTerminal(row.getState()) || row.getState() == JobState.JOB_ROLLING_BACK;
  }

  private void wake() {
    synchronized (lock) {
      if (busy) {
        return;
      }
      busy = true;
    }
    executor.execute(this::work);
  }

  /** Does one portion, and goes on with the next when that is durable. */
  private void work() {
    List<String> portion = new ArrayList<>();
    Scan scan;
    synchronized (lock) {
      changed.stream().limit(PORTION).forEach(portion::add);
      portion.forEach(changed::remove);
      scan = portion.isEmpty() ? scans.poll() : null;
      if (portion.isEmpty() && scan == null) {
        busy = false;
        return;
      }
    }
    CompletionStage<Void> added;
    try {
      added = scan == null ? addTo(List.copyOf(open.values()), portion) : look(scan);
    } catch (RuntimeException failed) {
      added = CompletableFuture.failedFuture(failed);
    }
    added.whenComplete(
        (done, failure) -> {
          if (failure != null) {
            failed(failure);
          }
          executor.execute(this::work);
        });
  }

  private CompletionStage<Void> look(Scan scan) {
    OpenJob job = open.get(scan.job());
    if (job == null) {
      return CompletableFuture.completedFuture(null);
    }
    List<String> names = devices.names(scan.after(), PORTION);
    if (names.size() == PORTION) {
      synchronized (lock) {
        scans.add(new Scan(scan.job(), names.get(PORTION - 1)));
      }
    }
    return addTo(List.of(job), names);
  }

  private CompletionStage<Void> addTo(List<OpenJob> jobs, List<String> names) {
    CompletionStage<Void> all = CompletableFuture.completedFuture(null);
    for (OpenJob job : jobs) {
      Optional<JobRow> row = machines.readJob(job.job(), JobRows::row);
      if (row.isEmpty() || isOver(row.get())) {
        open.remove(job.job());
        all = all.thenCompose(before -> closeEnded());
        continue;
      }
      AddLateTargets late =
          AddLateTargets.newBuilder()
              .addAllDevices(names.stream().filter(name -> joins(job, name)).toList())
              .build();
      if (late.getDevicesCount() > 0) {
        JobEnvelope.Builder event = JobEnvelope.newBuilder().setAddLate(late);
        all = all.thenCompose(before -> machines.job(job.job(), event)).thenAccept(done -> {});
      }
    }
    return all;
  }

  private boolean joins(OpenJob job, String name) {
    if (machines.readJob(job.job(), rows -> JobRows.isTarget(rows, name))) {
      return false;
    }
    Optional<Device> device = devices.find(name);
    return device.isPresent() && planner.takes(job.spec(), job.filter(), device.get());
  }

  /** What was not added is found again when the fleet is looked through. */
  private void failed(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof DroverException refusal && !refusal.code().retryable()) {
      // Most often the job ended meanwhile.
      LOG.atWarn()
          .addKeyValue("code", refusal.code())
          .addKeyValue("reason", refusal.getMessage())
          .log("A job took no late joiners");
      var unused = closeEnded();
      return;
    }
    LOG.atWarn().setCause(cause).log("Late joiners were not added; they are looked for again");
    var unused =
        timer.schedule(
            () -> List.copyOf(open.keySet()).forEach(this::opened),
            RETRY_MS,
            TimeUnit.MILLISECONDS);
  }
}
