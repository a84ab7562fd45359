package dev.drover.deploy.fleet;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.EnrolAssembly;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.hub.HubFixture;
import dev.drover.hub.cli.HubConnection;
import dev.drover.hub.verify.AuditReport;
import dev.drover.hub.verify.AuditVerifier;
import dev.drover.hub.verify.Tiles;
import dev.drover.tlog.VerifierKey;
import dev.drover.v1.CreateJobRequest;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceState;
import dev.drover.v1.GetDeviceRequest;
import dev.drover.v1.GetHubRequest;
import dev.drover.v1.GetJobRequest;
import dev.drover.v1.HubInfo;
import dev.drover.v1.JobState;
import dev.drover.v1.RevokeDeviceRequest;
import dev.drover.v1.Role;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub and an agent in a process of its own: the ways by which a device comes into the fleet. */
class OneDeviceIT {
  private static final String NAME = "cam-0";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path directory;

  @Test
  void deviceThatWasRevoked_comesBackWithANewToken_asTheSameDeviceInANewLife() {
    try (HubFixture hub = HubFixture.start(directory.resolve("hub"), Map.of("broker.port", "0"))) {
      HubConnection admin = hub.as(Role.ADMIN);
      String firstToken = token(admin);
      DeviceIdentity first = enrol(firstToken);
      Device before;
      try (LiveAgent revoked = start()) {
        awaitState(admin, DeviceState.ONLINE);
        runJob(admin);
        before = device(admin);
        assertEquals(directory.resolve("agent"), revoked.data());

        revoke(admin);
        assertEquals(DeviceState.REVOKED, device(admin).getState());
        assertNobodyMatches(admin);
        assertRefused(ErrorCode.TOKEN_INVALID, () -> enrol(firstToken));

        // The agent still runs with what is refused; the new identity waits for its next start.
        DeviceIdentity second = enrol(token(admin));
        assertEquals(DeviceState.ENROLLED, device(admin).getState());
        assertNotEquals(first.incarnation(), second.incarnation());
      }
      try (LiveAgent again = start()) {
        awaitState(admin, DeviceState.ONLINE);
        Device after = device(admin);
        assertNotEquals(before.getCertificateSerial(), after.getCertificateSerial());
        assertNotEquals(before.getIncarnation(), after.getIncarnation());
        assertEquals(before.getLabelsMap(), after.getLabelsMap());
        runJob(admin);
        assertEquals(directory.resolve("agent"), again.data());
        // What it did is sealed and sent while it runs.
        awaitVerifiedLog(hub);
      }
    }
  }

  @Test
  void deviceThatReachesItsHubByIpv6Alone_enrolsAndWorks() {
    Map<String, String> ipv6 =
        Map.of(
            "broker.port",
            "0",
            "api.bind",
            "::1",
            "broker.bind",
            "::1",
            "addresses",
            "::1,localhost");
    try (HubFixture hub = HubFixture.start(directory.resolve("hub"), ipv6)) {
      HubConnection admin = hub.as(Role.ADMIN);
      DeviceIdentity identity = enrol(token(admin));
      assertTrue(identity.hubs().get(0).startsWith("[::1]:"), () -> identity.hubs().toString());
      assertTrue(identity.brokers().get(0).startsWith("mqtts://[::1]:"));
      try (LiveAgent agent = start()) {
        awaitState(admin, DeviceState.ONLINE);
        runJob(admin);
        assertEquals(directory.resolve("agent"), agent.data());
      }
    }
  }

  @Test
  void deviceThatStartsBeforeItsBroker_waitsForIt_andWorks() throws Exception {
    Map<String, String> fixed = Map.of("broker.port", Integer.toString(Machine.freePort()));
    try (HubFixture hub = HubFixture.start(directory.resolve("hub"), fixed)) {
      DeviceIdentity identity = enrol(token(hub.as(Role.ADMIN)));
      assertEquals(NAME, identity.device());
    }
    try (LiveAgent agent = start()) {
      await().atMost(PATIENCE).until(() -> agent.logged("The agent is ready"));
      await().atMost(PATIENCE).until(() -> agent.logged("control link lost"));
      try (HubFixture hub = HubFixture.start(directory.resolve("hub"), fixed)) {
        awaitState(hub.as(Role.ADMIN), DeviceState.ONLINE);
        runJob(hub.as(Role.ADMIN));
      }
    }
  }

  private static String token(HubConnection admin) {
    return admin
        .calls()
        .createToken(
            CreateTokenRequest.newBuilder().setDevice(NAME).putLabels("site", "hall3").build())
        .getToken();
  }

  private DeviceIdentity enrol(String token) {
    return EnrolAssembly.enrol(directory.resolve("agent"), token, Optional.empty(), "");
  }

  private LiveAgent start() {
    return new LiveAgent(directory.resolve("agent")).start("UTC");
  }

  private static Device device(HubConnection admin) {
    return admin.calls().getDevice(GetDeviceRequest.newBuilder().setDevice(NAME).build());
  }

  private static void awaitState(HubConnection admin, DeviceState state) {
    await().atMost(PATIENCE).until(() -> device(admin).getState() == state);
  }

  private static void revoke(HubConnection admin) {
    var unused =
        admin.calls().revokeDevice(RevokeDeviceRequest.newBuilder().setDevice(NAME).build());
  }

  private static String create(HubConnection admin) {
    CreateJobRequest request =
        CreateJobRequest.newBuilder().setSpec(Jobs.tool("device.status", "{}", 0)).build();
    return admin.calls().createJob(request).getJob();
  }

  private static void runJob(HubConnection admin) {
    GetJobRequest job = GetJobRequest.newBuilder().setJob(create(admin)).build();
    await()
        .atMost(PATIENCE)
        .until(() -> admin.calls().getJob(job).getState() == JobState.JOB_SUCCEEDED);
  }

  private static void assertNobodyMatches(HubConnection admin) {
    StatusRuntimeException refused =
        assertThrows(StatusRuntimeException.class, () -> create(admin));
    assertEquals(ErrorCode.NO_DEVICE_MATCHES, GrpcErrors.parse(refused).code());
  }

  /** Both lives are in the log, each under its own key, and nothing of them is missing. */
  private static void awaitVerifiedLog(HubFixture hub) {
    HubInfo info = hub.as(Role.ADMIN).calls().getHub(GetHubRequest.getDefaultInstance());
    Tiles.Parts parts = Tiles.ofHub(hub.address(), hub.tls(Role.ADMIN));
    await()
        .atMost(PATIENCE)
        .ignoreException(DroverException.class)
        .untilAsserted(
            () -> {
              AuditReport report =
                  AuditVerifier.verify(
                      parts.checkpoint(),
                      VerifierKey.parse(info.getLogKey()),
                      info.getHubKey().toByteArray(),
                      parts.source());
              assertEquals(1, report.devices());
              assertTrue(report.batches() >= 2, report::toString);
              assertTrue(report.gaps().isEmpty(), report::toString);
            });
  }
}
