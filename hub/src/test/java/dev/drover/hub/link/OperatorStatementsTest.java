package dev.drover.hub.link;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.crypto.CertificateRequest;
import dev.drover.crypto.KeyFiles;
import dev.drover.hub.HubFixture;
import dev.drover.hub.cli.HubConnection;
import dev.drover.hub.publish.Drafts;
import dev.drover.hub.publish.Publisher;
import dev.drover.hub.publish.SignedRelease;
import dev.drover.hub.publish.Upload;
import dev.drover.v1.AddOperatorRequest;
import dev.drover.v1.ApproveJobRequest;
import dev.drover.v1.AuditEntry;
import dev.drover.v1.AuditLeaf;
import dev.drover.v1.CancelJobRequest;
import dev.drover.v1.ChangeJobRequest;
import dev.drover.v1.ConfigureDeviceRequest;
import dev.drover.v1.CreateJobRequest;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.EnrolResponse;
import dev.drover.v1.GetJobRequest;
import dev.drover.v1.Hello;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubServiceGrpc;
import dev.drover.v1.HubServiceGrpc.HubServiceBlockingStub;
import dev.drover.v1.HubStatement;
import dev.drover.v1.InstallTask;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.LabelDeviceRequest;
import dev.drover.v1.Release;
import dev.drover.v1.RemoveOperatorRequest;
import dev.drover.v1.RemoveTargetGroupRequest;
import dev.drover.v1.RevokeDeviceRequest;
import dev.drover.v1.Role;
import dev.drover.v1.TailAuditRequest;
import dev.drover.v1.TargetGroup;
import dev.drover.v1.Task;
import dev.drover.wire.HostPort;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import io.grpc.MethodDescriptor;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operators change, on a whole hub with a device: the log says what, of what, and who. */
class OperatorStatementsTest {
  /** What the log has of each call that changes something; one that is nowhere fails the test. */
  private static final Map<String, HubAction> CHANGES =
      Map.ofEntries(
          Map.entry("CreateToken", HubAction.TOKEN_CREATED),
          Map.entry("RevokeDevice", HubAction.DEVICE_REVOKED),
          Map.entry("LabelDevice", HubAction.DEVICE_RELABELLED),
          Map.entry("ConfigureDevice", HubAction.DEVICE_CONFIGURED),
          Map.entry("AddOperator", HubAction.OPERATOR_ADDED),
          Map.entry("RemoveOperator", HubAction.OPERATOR_REMOVED),
          Map.entry("SaveTargetGroup", HubAction.TARGET_GROUP_SAVED),
          Map.entry("RemoveTargetGroup", HubAction.TARGET_GROUP_REMOVED),
          Map.entry("PublishRelease", HubAction.RELEASE_PUBLISHED),
          Map.entry("CreateJob", HubAction.JOB_CREATED),
          Map.entry("CancelJob", HubAction.JOB_CANCELLED_BY),
          Map.entry("PauseJob", HubAction.JOB_PAUSED_BY),
          Map.entry("ResumeJob", HubAction.JOB_RESUMED_BY),
          Map.entry("RollBackJob", HubAction.JOB_ROLLED_BACK_BY),
          Map.entry("ApproveJob", HubAction.JOB_APPROVED_BY),
          Map.entry("DenyJob", HubAction.JOB_DENIED_BY));

  /** Calls that look; chunks count for nothing before a release that names them is published. */
  private static final Set<String> OTHERS =
      Set.of(
          "GetHub",
          "ListDevices",
          "GetDevice",
          "ListOperators",
          "PlanJob",
          "ListJobs",
          "GetJob",
          "WatchJob",
          "ListExecutions",
          "ExplainPlacement",
          "ListTargetGroups",
          "MissingChunks",
          "UploadChunks",
          "ListReleases",
          "TailAudit");

  private final SecureRandom random = new SecureRandom();
  private final DeviceKeys keys = new DeviceKeys("cam-0");
  private final Set<String> called = new TreeSet<>();
  private final List<String> changed = new ArrayList<>();
  @TempDir private Path directory;
  private HubFixture hub;

  /** Starts a hub that a device has spoken to. */
  private HubFixture start() throws Exception {
    int port = BrokerFixture.freePort();
    HubFixture started =
        HubFixture.start(directory.resolve("hub"), Map.of("broker.port", Integer.toString(port)));
    EnrolResponse enrolled = keys.enrol(started);
    HostPort broker = new HostPort("localhost", port);
    try (TestClient device = TestClient.connected(broker, keys.control(enrolled), "cam-0")) {
      long now = Clock.systemUTC().millis();
      device.publish(
          new Topics("default").device("cam-0", Topic.Channel.EVT),
          keys.sealed(enrolled, DeviceKeys.event(now).setHello(Hello.getDefaultInstance())),
          false);
    }
    return started;
  }

  /** Makes a call as an operator who makes no other. */
  private <T> T change(String method, Function<HubConnection, T> call, Function<T, String> of) {
    String operator = method.toLowerCase(Locale.ROOT);
    T answer = call.apply(hub.connect(hub.add(operator, Role.ADMIN)));
    called.add(method);
    changed.add(CHANGES.get(method) + " of " + of.apply(answer) + " by " + operator);
    return answer;
  }

  private <T> void change(String method, Function<HubServiceBlockingStub, T> call, String of) {
    T unused = change(method, hub -> call.apply(hub.calls()), done -> of);
  }

  @Test
  void change_byAnOperator_isInTheLogUnderTheirName() throws Exception {
    try (HubFixture started = start()) {
      hub = started;
      devices();
      operators();
      jobs(release());

      assertEquals(new TreeSet<>(CHANGES.keySet()), called);
      await().untilAsserted(() -> assertEquals(new TreeSet<>(changed), new TreeSet<>(logged())));
      assertEquals(changed.size(), logged().size(), "each is there once");
    }
  }

  @Test
  void everyCall_isAChangeOrNone() {
    Set<String> all = new TreeSet<>(OTHERS);
    all.addAll(CHANGES.keySet());
    assertEquals(
        HubServiceGrpc.getServiceDescriptor().getMethods().stream()
            .map(MethodDescriptor::getBareMethodName)
            .collect(Collectors.toCollection(TreeSet::new)),
        all);
    assertEquals(OTHERS.size() + CHANGES.size(), all.size(), "none is both");
  }

  private void devices() {
    change(
        "CreateToken",
        hub -> hub.createToken(CreateTokenRequest.newBuilder().setDevice("cam-9").build()),
        "cam-9");
    change(
        "RevokeDevice",
        hub -> hub.revokeDevice(RevokeDeviceRequest.newBuilder().setDevice("cam-9").build()),
        "cam-9");
    LabelDeviceRequest.Builder label = LabelDeviceRequest.newBuilder().setDevice("cam-0");
    change("LabelDevice", hub -> hub.labelDevice(label.putSet("site", "hall3").build()), "cam-0");
    ConfigureDeviceRequest.Builder config = ConfigureDeviceRequest.newBuilder().setDevice("cam-0");
    change(
        "ConfigureDevice",
        hub -> hub.configureDevice(config.putSet("heartbeat", "1m").build()),
        "cam-0");
    TargetGroup group = TargetGroup.newBuilder().setName("hall3").setSelector("site=hall3").build();
    change("SaveTargetGroup", hub -> hub.saveTargetGroup(group), "hall3");
    change(
        "RemoveTargetGroup",
        hub ->
            hub.removeTargetGroup(RemoveTargetGroupRequest.newBuilder().setName("hall3").build()),
        "hall3");
  }

  private void operators() {
    AddOperatorRequest eve =
        AddOperatorRequest.newBuilder()
            .setOperator("eve")
            .setRole(Role.VIEWER)
            .setCsr(ByteString.copyFrom(CertificateRequest.create(KeyFiles.newP256(random))))
            .build();
    change("AddOperator", hub -> hub.addOperator(eve), "eve");
    change(
        "RemoveOperator",
        hub -> hub.removeOperator(RemoveOperatorRequest.newBuilder().setOperator("eve").build()),
        "eve");
  }

  private Release release() {
    char[] passphrase = "correct horse".toCharArray();
    Instant now = Clock.systemUTC().instant();
    Publisher publisher = new Publisher(directory.resolve("publisher"));
    var unused = publisher.create(passphrase, random, now);
    SignedRelease signed =
        publisher.sign(Drafts.draft("1.0.0"), null, passphrase, now, Duration.ofDays(30));
    return change(
        "PublishRelease",
        hub -> new Upload(hub.channel()).publish(signed, bytes -> {}),
        Release::getRelease);
  }

  private void jobs(Release release) {
    InstallTask install =
        InstallTask.newBuilder()
            .setTarget(release.getTarget())
            .setManifestSha256(release.getManifestSha256())
            .setReleaseCounter(release.getReleaseCounter())
            .setTimestampVersion(release.getTimestampVersion())
            .build();
    JobSpec.Builder spec =
        JobSpec.newBuilder()
            .setName("calm")
            .setDeadlineSeconds(3600)
            .addDevices("cam-0")
            .setTask(Task.newBuilder().setInstall(install));
    String job = change("CreateJob", hub -> create(hub, spec), Job::getJob).getJob();
    ChangeJobRequest asked = ChangeJobRequest.newBuilder().setJob(job).build();
    change("PauseJob", hub -> hub.pauseJob(asked), job);
    change("ResumeJob", hub -> hub.resumeJob(asked), job);
    await().until(() -> inFlight(job) == 1);
    change("RollBackJob", hub -> hub.rollBackJob(asked), job);
    CancelJobRequest cancel = CancelJobRequest.newBuilder().setJob(job).build();
    change("CancelJob", hub -> hub.cancelJob(cancel), job);

    ApproveJobRequest good = judged(create(hub.as(Role.OPERATOR), spec.setApprovals(1)));
    change("ApproveJob", hub -> hub.approveJob(good), good.getJob());
    ApproveJobRequest bad = judged(create(hub.as(Role.OPERATOR), spec));
    change("DenyJob", hub -> hub.denyJob(bad), bad.getJob());
  }

  private static Job create(HubConnection hub, JobSpec.Builder spec) {
    return hub.calls().createJob(CreateJobRequest.newBuilder().setSpec(spec).build());
  }

  private static ApproveJobRequest judged(Job job) {
    return ApproveJobRequest.newBuilder()
        .setJob(job.getJob())
        .setSpecSha256(job.getSpecSha256())
        .build();
  }

  private int inFlight(String job) {
    GetJobRequest asked = GetJobRequest.newBuilder().setJob(job).build();
    return hub.as(Role.VIEWER).calls().getJob(asked).getGroups(0).getInFlight();
  }

  private List<String> logged() throws InvalidProtocolBufferException {
    List<String> logged = new ArrayList<>();
    Iterator<AuditEntry> entries =
        hub.as(Role.VIEWER).streams().tailAudit(TailAuditRequest.getDefaultInstance());
    while (entries.hasNext()) {
      HubStatement found =
          HubStatement.parseFrom(
              AuditLeaf.parseFrom(entries.next().getLeaf()).getHub().getStatement());
      if (called.stream().anyMatch(found.getOperator()::equalsIgnoreCase)) {
        assertEquals(0, found.getError(), found::toString);
        logged.add(found.getAction() + " of " + found.getSubject() + " by " + found.getOperator());
      }
    }
    return logged;
  }
}
