package dev.drover.hub.api;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.drover.crypto.Sha256;
import dev.drover.hub.enrol.OperatorCertificates;
import dev.drover.hub.fleet.FleetService;
import dev.drover.hub.fleet.JobWatch;
import dev.drover.hub.repo.ChunkStore;
import dev.drover.hub.repo.ReleaseRepository;
import dev.drover.v1.AddOperatorRequest;
import dev.drover.v1.AddOperatorResponse;
import dev.drover.v1.ApproveJobRequest;
import dev.drover.v1.AuditEntry;
import dev.drover.v1.CancelJobRequest;
import dev.drover.v1.ChangeJobRequest;
import dev.drover.v1.CreateJobRequest;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.CreateTokenResponse;
import dev.drover.v1.GetHubRequest;
import dev.drover.v1.GetJobRequest;
import dev.drover.v1.HubInfo;
import dev.drover.v1.Job;
import dev.drover.v1.ListExecutionsRequest;
import dev.drover.v1.ListExecutionsResponse;
import dev.drover.v1.ListJobsRequest;
import dev.drover.v1.ListJobsResponse;
import dev.drover.v1.ListOperatorsRequest;
import dev.drover.v1.ListOperatorsResponse;
import dev.drover.v1.ListReleasesRequest;
import dev.drover.v1.ListReleasesResponse;
import dev.drover.v1.MissingChunksRequest;
import dev.drover.v1.MissingChunksResponse;
import dev.drover.v1.PlacementPlan;
import dev.drover.v1.PublishReleaseRequest;
import dev.drover.v1.Release;
import dev.drover.v1.RemoveOperatorRequest;
import dev.drover.v1.RemoveOperatorResponse;
import dev.drover.v1.Role;
import dev.drover.v1.TailAuditRequest;
import dev.drover.v1.UploadChunk;
import dev.drover.v1.UploadChunksResponse;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.Limits;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;

/**
 * The operators' API over the fleet: checks the caller's role, calls, and maps failures. Holds no
 * state of its own.
 */
public final class HubGrpcService extends TargetCalls {
  private final OperatorAuth auth;
  private final FleetService fleet;
  private final HubFacts facts;
  private final OperatorCertificates certificates;
  private final ChunkStore chunks;
  private final ReleaseRepository repository;
  private final ScheduledExecutorService timer;

  /**
   * Makes the service.
   *
   * @param timer looks for new audit entries of followed logs
   */
  public HubGrpcService(
      OperatorAuth auth,
      FleetService fleet,
      HubFacts facts,
      OperatorCertificates certificates,
      ChunkStore chunks,
      ReleaseRepository repository,
      ScheduledExecutorService timer) {
    super(auth, fleet);
    this.auth = auth;
    this.fleet = fleet;
    this.facts = facts;
    this.certificates = certificates;
    this.chunks = chunks;
    this.repository = repository;
    this.timer = timer;
  }

  @Override
  public void getHub(GetHubRequest request, StreamObserver<HubInfo> answer) {
    Answers.now(answer, () -> facts.info(fleet));
  }

  @Override
  public void createToken(CreateTokenRequest request, StreamObserver<CreateTokenResponse> answer) {
    Answers.later(
        answer, () -> facts.createToken(fleet, repository, request, auth.require(Role.OPERATOR)));
  }

  @Override
  public void addOperator(AddOperatorRequest request, StreamObserver<AddOperatorResponse> answer) {
    Answers.later(
        answer,
        () -> {
          Caller caller = auth.require(Role.ADMIN);
          AddOperatorResponse issued = certificates.issue(request);
          return fleet
              .registry()
              .addOperator(issued.getOperator(), caller.name())
              .thenApply(added -> issued);
        });
  }

  @Override
  public void listOperators(
      ListOperatorsRequest request, StreamObserver<ListOperatorsResponse> answer) {
    Answers.now(
        answer,
        () ->
            ListOperatorsResponse.newBuilder()
                .addAllOperators(fleet.registry().operators())
                .build());
  }

  @Override
  public void removeOperator(
      RemoveOperatorRequest request, StreamObserver<RemoveOperatorResponse> answer) {
    Answers.later(
        answer,
        () ->
            fleet
                .registry()
                .removeOperator(request.getOperator(), auth.require(Role.ADMIN).name())
                .thenApply(done -> RemoveOperatorResponse.getDefaultInstance()));
  }

  @Override
  public void createJob(CreateJobRequest request, StreamObserver<Job> answer) {
    Answers.later(
        answer, () -> fleet.jobs().create(request.getSpec(), auth.require(Role.OPERATOR).name()));
  }

  @Override
  public void planJob(CreateJobRequest request, StreamObserver<PlacementPlan> answer) {
    Answers.now(answer, () -> fleet.jobs().plan(request.getSpec()));
  }

  @Override
  public void listJobs(ListJobsRequest request, StreamObserver<ListJobsResponse> answer) {
    Answers.now(answer, () -> fleet.jobs().list(request.getPageSize(), request.getPageToken()));
  }

  @Override
  public void getJob(GetJobRequest request, StreamObserver<Job> answer) {
    Answers.now(answer, () -> fleet.jobs().get(request.getJob()));
  }

  @Override
  public void watchJob(GetJobRequest request, StreamObserver<Job> answer) {
    ServiceRequestContext call = ServiceRequestContext.current();
    call.clearRequestTimeout();
    try {
      ServerCallStreamObserver<Job> stream = (ServerCallStreamObserver<Job>) answer;
      BooleanSupplier ready = () -> present(call) && stream.isReady();
      JobWatch watch = fleet.jobs().watch(request.getJob(), ready, stream::onNext);
      stream.setOnCancelHandler(watch::close);
      watch
          .done()
          .whenComplete(
              (done, failure) -> {
                if (stream.isCancelled()) {
                  return;
                }
                if (failure == null) {
                  stream.onCompleted();
                } else {
                  stream.onError(GrpcErrors.of(failure));
                }
              });
    } catch (RuntimeException failure) {
      answer.onError(GrpcErrors.of(failure));
    }
  }

  @Override
  public void cancelJob(CancelJobRequest request, StreamObserver<Job> answer) {
    Answers.later(
        answer, () -> fleet.jobs().cancel(request.getJob(), auth.require(Role.OPERATOR).name()));
  }

  @Override
  public void pauseJob(ChangeJobRequest request, StreamObserver<Job> answer) {
    change(request, answer, fleet.jobControl()::pause);
  }

  @Override
  public void resumeJob(ChangeJobRequest request, StreamObserver<Job> answer) {
    change(request, answer, fleet.jobControl()::resume);
  }

  @Override
  public void rollBackJob(ChangeJobRequest request, StreamObserver<Job> answer) {
    change(request, answer, fleet.jobControl()::rollBack);
  }

  private interface Change {
    CompletionStage<Job> make(String job, String reason, String operator);
  }

  private void change(ChangeJobRequest request, StreamObserver<Job> answer, Change change) {
    Answers.later(
        answer,
        () ->
            change.make(request.getJob(), request.getReason(), auth.require(Role.OPERATOR).name()));
  }

  @Override
  public void approveJob(ApproveJobRequest request, StreamObserver<Job> answer) {
    Answers.later(
        answer,
        () ->
            fleet
                .jobControl()
                .approve(
                    request.getJob(), request.getSpecSha256(), auth.require(Role.APPROVER).name()));
  }

  @Override
  public void denyJob(ApproveJobRequest request, StreamObserver<Job> answer) {
    Answers.later(
        answer,
        () ->
            fleet
                .jobControl()
                .deny(
                    request.getJob(), request.getSpecSha256(), auth.require(Role.APPROVER).name()));
  }

  @Override
  public void listExecutions(
      ListExecutionsRequest request, StreamObserver<ListExecutionsResponse> answer) {
    Answers.now(
        answer,
        () ->
            fleet
                .jobs()
                .executions(request.getJob(), request.getPageSize(), request.getPageToken()));
  }

  @Override
  public void missingChunks(
      MissingChunksRequest request, StreamObserver<MissingChunksResponse> answer) {
    Answers.now(
        answer,
        () -> {
          auth.require(Role.OPERATOR);
          Limits.check("The number of chunks", request.getSha256Count(), Limits.PAGE_SIZE_MAX);
          List<ByteString> missing =
              request.getSha256List().stream()
                  .filter(sha256 -> !chunks.hasWhole(Sha256.fromBytes(sha256.toByteArray())))
                  .toList();
          return MissingChunksResponse.newBuilder().addAllSha256(missing).build();
        });
  }

  @Override
  public StreamObserver<UploadChunk> uploadChunks(StreamObserver<UploadChunksResponse> answer) {
    ServiceRequestContext.current().clearRequestTimeout();
    ServiceRequestContext.current().setMaxRequestLength(0);
    try {
      auth.require(Role.OPERATOR);
    } catch (DroverException refused) {
      answer.onError(GrpcErrors.of(refused));
      return new Ignored();
    }
    return new ChunkUpload(chunks, answer);
  }

  /** What follows a refusal on its way back. */
  private static final class Ignored implements StreamObserver<UploadChunk> {
    @Override
    public void onNext(UploadChunk chunk) {}

    @Override
    public void onError(Throwable gone) {}

    @Override
    public void onCompleted() {}
  }

  @Override
  public void publishRelease(PublishReleaseRequest request, StreamObserver<Release> answer) {
    ServiceRequestContext.current().clearRequestTimeout();
    Answers.later(answer, () -> publish(request, auth.require(Role.ADMIN)));
  }

  @Override
  public void listReleases(
      ListReleasesRequest request, StreamObserver<ListReleasesResponse> answer) {
    Answers.now(
        answer,
        () ->
            ListReleasesResponse.newBuilder().addAllReleases(fleet.registry().releases()).build());
  }

  private CompletionStage<Release> publish(PublishReleaseRequest request, Caller caller) {
    List<Release> listed = repository.publish(request.getDocumentsList(), facts.now());
    List<Release> known = fleet.registry().releases();
    Release newest =
        listed.stream()
            .max(Comparator.comparingLong(Release::getReleaseCounter))
            .orElse(Release.getDefaultInstance());
    CompletionStage<Release> last = CompletableFuture.completedFuture(newest);
    for (Release release : listed) {
      boolean published =
          known.stream()
              .anyMatch(other -> other.getManifestSha256().equals(release.getManifestSha256()));
      if (!published) {
        last = last.thenCompose(before -> fleet.registry().publishRelease(release, caller.name()));
      }
    }
    return last.thenApply(done -> newest);
  }

  @Override
  public void tailAudit(TailAuditRequest request, StreamObserver<AuditEntry> answer) {
    ServiceRequestContext call = ServiceRequestContext.current();
    call.clearRequestTimeout();
    ServerCallStreamObserver<AuditEntry> stream = (ServerCallStreamObserver<AuditEntry>) answer;
    BooleanSupplier ready = () -> present(call) && stream.isReady();
    AuditTail.start(fleet.audit(), request, ready, stream, timer);
  }

  /** Ends a long call, by what this throws, when its operator was removed or the hub stops. */
  private boolean present(ServiceRequestContext call) {
    if (call.config().server().isClosing()) {
      throw new DroverException(ErrorCode.UNAVAILABLE, "The hub stops.")
          .withNextStep("Call again when it runs.");
    }
    return !auth.require(call, Role.VIEWER).name().isEmpty();
  }
}
