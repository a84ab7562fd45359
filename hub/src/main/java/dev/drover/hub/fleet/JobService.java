package dev.drover.hub.fleet;

import com.google.protobuf.ByteString;
import dev.drover.hub.core.JobRows;
import dev.drover.hub.core.JobSpecs;
import dev.drover.hub.core.RegistryRows;
import dev.drover.hub.core.ReleaseCatalog;
import dev.drover.hub.core.TimeSpecs;
import dev.drover.hub.v1.CancelJob;
import dev.drover.hub.v1.CreateJob;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.JobReserved;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.hub.v1.ReserveJob;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.ListExecutionsResponse;
import dev.drover.v1.ListJobsResponse;
import dev.drover.v1.NamedDevices;
import dev.drover.v1.PlacementExplanation;
import dev.drover.v1.PlacementPlan;
import dev.drover.v1.Release;
import dev.drover.v1.TargetSelection;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The jobs of the tenant: planning, creating, watching, stopping.
 *
 * <p>Thread-safe. Reads are of committed state, on the caller's thread. What a completed stage says
 * is durable; a stage fails with a {@link DroverException}.
 */
public final class JobService {
  private static final int PAGE_DEFAULT = 50;
  private static final int SPEC_DEVICES_KEPT = Limits.CONTINUOUS_DEVICES_MAX;

  private final Machines machines;
  private final JobPlanner planner;
  private final LateJoiners late;
  private final ReleaseCatalog releases;
  private final ExecutionViews executions;
  private final JobBuilds builds;
  private final ScheduledExecutorService timer;
  private final FleetParts.Pace pace;

  /** Makes the service; the pace is that of jobs that do not say. */
  JobService(
      Machines machines,
      JobPlanner planner,
      LateJoiners late,
      ReleaseCatalog releases,
      ScheduledExecutorService timer,
      FleetParts.Pace pace) {
    this.machines = machines;
    this.planner = planner;
    this.late = late;
    this.releases = releases;
    this.executions = new ExecutionViews(machines, releases);
    this.builds = new JobBuilds(machines);
    this.timer = timer;
    this.pace = pace;
  }

  /**
   * Says who would run a job and why, also where there would be no such job because it or one of
   * its groups has nobody, and changes nothing. Reads every device.
   *
   * @throws DroverException as {@link JobSpecs#check}, or {@link ErrorCode#NOT_FOUND} for a device
   *     that is named and not there
   */
  public PlacementPlan plan(JobSpec spec) {
    JobSpec checked = checked(spec);
    JobPlanner.Placed placed = planner.place(checked);
    PlacementPlan.Builder plan = placed.shown().toBuilder();
    try {
      placed.requireSomebody(checked);
    } catch (DroverException refused) {
      plan.setRefusal(refused.getMessage());
    }
    return plan.build();
  }

  /**
   * Says why a device is or is not a target of a job: as it was decided, and as it would be now.
   *
   * @throws DroverException {@link ErrorCode#NOT_FOUND}
   */
  public PlacementExplanation explain(String job, String device) {
    return planner.explain(get(job), device);
  }

  /**
   * Creates a job: places it, numbers it and adds its targets. With an idempotency key that was
   * used before for the same specification it returns that job.
   *
   * @param operator who wants it
   * @return the job, which may be running; fails as {@link #plan}, or with {@link
   *     ErrorCode#NO_DEVICE_MATCHES}, or {@link ErrorCode#ALREADY_EXISTS} where the key belongs to
   *     another specification
   */
  public CompletionStage<Job> create(JobSpec spec, String operator) {
    return Machines.staged(() -> created(spec, operator));
  }

  private JobSpec checked(JobSpec wanted) {
    long nowMs = machines.engine().nowMs();
    JobSpec spec =
        TimeSpecs.started(JobSpecs.check(wanted, releases, pace.jobsConcurrency()), nowMs);
    TimeSpecs.checkOpens(spec, nowMs);
    int approvals = Math.max(spec.getApprovals(), pace.jobsApprovals());
    return spec.toBuilder().setApprovals(approvals).build();
  }

  private CompletionStage<Job> created(JobSpec wanted, String operator) {
    boolean again =
        !wanted.getIdempotencyKey().isEmpty()
            && machines
                .readRegistry(rows -> RegistryRows.jobOfKey(rows, wanted.getIdempotencyKey()))
                .filter(builds::isBuilt)
                .isPresent();
    // What was right when it was asked for first may be too late by now, and is there all the same.
    JobSpec spec = again ? wanted : withTimestamp(checked(wanted));
    ByteString request = Requests.sha256(wanted);
    Optional<JobPlanner.Placed> placed =
        again ? Optional.empty() : Optional.of(planner.place(spec));
    boolean continuous = spec.getSelection() == TargetSelection.CONTINUOUS;
    placed.ifPresent(place -> place.requireSomebody(spec));
    ReserveJob reserve =
        ReserveJob.newBuilder()
            .setContinuous(continuous)
            .addAllTargetGroups(spec.getTargetGroupsList())
            .setIdempotencyKey(spec.getIdempotencyKey())
            .setRequestSha256(request)
            .build();
    CompletionStage<Void> closed =
        continuous ? late.closeEnded() : CompletableFuture.completedFuture(null);
    return closed
        .thenCompose(
            done -> machines.registry(RegistryEnvelope.newBuilder().setReserveJob(reserve)))
        .thenApply(answer -> Machines.answer(answer, JobReserved.parser()))
        .thenCompose(
            reserved -> {
              String job = reserved.getJob();
              return builds.isBuilt(job)
                  ? CompletableFuture.completedFuture(get(job))
                  : build(
                      job, spec, placed.orElseGet(() -> planner.place(spec)), operator, request);
            })
        .thenApply(job -> taking(continuous, job));
  }

  private Job taking(boolean continuous, Job job) {
    if (continuous) {
      late.opened(job.getJob());
    }
    return job;
  }

  /** A device fetches metadata from the timestamp on that first lists the release. */
  private JobSpec withTimestamp(JobSpec spec) {
    if (!spec.getTask().hasInstall() || spec.getTask().getInstall().getTimestampVersion() != 0) {
      return spec;
    }
    ByteString manifest = spec.getTask().getInstall().getManifestSha256();
    long version =
        machines.readRegistry(RegistryRows::releases).stream()
            .filter(release -> release.getManifestSha256().equals(manifest))
            .mapToLong(Release::getTimestampVersion)
            .max()
            .orElse(0);
    JobSpec.Builder filled = spec.toBuilder();
    filled.getTaskBuilder().getInstallBuilder().setTimestampVersion(version);
    return filled.build();
  }

  private CompletionStage<Job> build(
      String job, JobSpec spec, JobPlanner.Placed placed, String operator, ByteString request) {
    JobSpec.Builder kept = spec.toBuilder();
    if (spec.getDevicesCount() > SPEC_DEVICES_KEPT) {
      kept.clearDevices().setNamedDevices(named(spec.getDevicesList()));
    }
    CreateJob.Builder create =
        CreateJob.newBuilder()
            .setSpec(kept)
            .setPlan(placed.kept())
            .addAllGroupSizes(placed.sizes())
            .setOperator(operator)
            .setRequestSha256(request);
    return builds.build(job, create, placed.targets()).thenApply(built -> get(job));
  }

  private static NamedDevices named(List<String> devices) {
    return NamedDevices.newBuilder()
        .setCount(devices.size())
        .setSha256(Requests.sha256(devices.stream().sorted().toArray(String[]::new)))
        .build();
  }

  /**
   * Stops a job: nothing more starts, and what runs is asked to stop. Again does nothing.
   *
   * @return the job; fails with {@link ErrorCode#NOT_FOUND} or, where it ended otherwise, {@link
   *     ErrorCode#ILLEGAL_TRANSITION}
   */
  public CompletionStage<Job> cancel(String job, String operator) {
    return Machines.staged(
        () -> {
          get(job);
          CancelJob cancel =
              CancelJob.newBuilder()
                  .setOperator(operator)
                  .setRequestSha256(Requests.sha256("cancel", job))
                  .build();
          return machines
              .job(job, JobEnvelope.newBuilder().setCancel(cancel))
              .thenApply(done -> get(job));
        });
  }

  /**
   * Returns a job with its plan.
   *
   * @throws DroverException {@link ErrorCode#NOT_FOUND}
   */
  public Job get(String job) {
    return find(job, true)
        .orElseThrow(() -> new DroverException(ErrorCode.NOT_FOUND, "No job has this id."));
  }

  private Optional<Job> find(String job, boolean withPlan) {
    return machines.readJob(job, rows -> JobRows.job(rows, withPlan));
  }

  /**
   * Returns jobs without their plans, newest first.
   *
   * @param pageSize most jobs to return, 0 for {@value #PAGE_DEFAULT}
   * @param pageToken from the page before, empty to begin
   */
  public ListJobsResponse list(int pageSize, String pageToken) {
    Limits.check("The page size", Integer.toUnsignedLong(pageSize), Limits.PAGE_SIZE_MAX);
    int size = pageSize == 0 ? PAGE_DEFAULT : pageSize;
    List<String> ids = machines.readRegistry(rows -> RegistryRows.jobs(rows, pageToken, size));
    ListJobsResponse.Builder page = ListJobsResponse.newBuilder();
    ids.forEach(job -> find(job, false).ifPresent(page::addJobs));
    if (ids.size() == size) {
      page.setNextPageToken(ids.get(size - 1));
    }
    return page.build();
  }

  /**
   * Returns a job's executions in order of their numbers, those not granted yet without a state.
   *
   * @param pageSize most executions to return, 0 for {@value #PAGE_DEFAULT}
   * @param pageToken from the page before, empty to begin
   * @throws DroverException {@link ErrorCode#NOT_FOUND}, {@link ErrorCode#INVALID_ARGUMENT} for a
   *     token that is none
   */
  public ListExecutionsResponse executions(String job, int pageSize, String pageToken) {
    Limits.check("The page size", Integer.toUnsignedLong(pageSize), Limits.PAGE_SIZE_MAX);
    int size = pageSize == 0 ? PAGE_DEFAULT : pageSize;
    return executions.page(get(job), size, pageToken);
  }

  /**
   * Gives the job to the consumer now and after each change, until it is terminal. The consumer is
   * called on a timer thread, one call at a time, and returns at once.
   *
   * @param ready asked before each look; false puts it off, what it throws ends the watch
   * @return ends the watch when closed; its stage completes when the job is terminal or the watch
   *     was closed
   * @throws DroverException {@link ErrorCode#NOT_FOUND}
   */
  public JobWatch watch(String job, BooleanSupplier ready, Consumer<Job> consumer) {
    get(job);
    return JobWatch.start(
        timer, () -> find(job, true), () -> machines.readJob(job, JobRows::row), ready, consumer);
  }
}
