package dev.drover.hub.link;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.message.publish.puback.Mqtt5PubAckReasonCode;
import dev.drover.crypto.CertificateRequest;
import dev.drover.crypto.TlsMaterial;
import dev.drover.envelope.RenewAuth;
import dev.drover.hub.HubFixture;
import dev.drover.v1.DeviceState;
import dev.drover.v1.EnrolResponse;
import dev.drover.v1.EnrolServiceGrpc;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.GetDeviceRequest;
import dev.drover.v1.Heartbeat;
import dev.drover.v1.Hello;
import dev.drover.v1.RefusedReports;
import dev.drover.v1.RenewRequest;
import dev.drover.v1.RevokeDeviceRequest;
import dev.drover.v1.Role;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.HostPort;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device's life with a whole hub, over TLS: token, certificates, broker, revocation, replay. */
class DeviceLifeTest {
  private final DeviceKeys keys = new DeviceKeys("cam-0");
  @TempDir private Path directory;

  @Test
  void device_enrolsAndConnects_untilItIsRevoked() throws Exception {
    String port = Integer.toString(BrokerFixture.freePort());
    try (HubFixture hub = HubFixture.start(directory, Map.of("broker.port", port))) {
      EnrolResponse enrolled = keys.enrol(hub);
      assertEquals("mqtts://localhost:" + port, enrolled.getBrokers(0));
      HostPort broker = new HostPort("localhost", Integer.parseInt(port));
      TlsMaterial tls = keys.control(enrolled);
      TlsMaterial bulkTls = keys.bulk(enrolled);
      Topics topics = new Topics("default");
      try (TestClient device = TestClient.connected(broker, tls, "cam-0");
          TestClient content = TestClient.connected(broker, bulkTls, "cam-0.bulk")) {
        device.subscribe(topics.cmd("cam-0"));
        content.subscribe(topics.chunk("0".repeat(64)));

        assertEquals(
            DeviceState.REVOKED,
            hub.as(Role.ADMIN)
                .calls()
                .revokeDevice(RevokeDeviceRequest.newBuilder().setDevice("cam-0").build())
                .getState());
        await().until(() -> device.lost() && content.lost());
      }
      assertThrows(Exception.class, () -> TestClient.connected(broker, tls, "cam-0"));
      assertThrows(Exception.class, () -> TestClient.connected(broker, bulkTls, "cam-0.bulk"));
      StatusRuntimeException refused =
          assertThrows(StatusRuntimeException.class, () -> renew(hub, tls, enrolled));
      assertEquals(ErrorCode.CERTIFICATE_REVOKED, GrpcErrors.parse(refused).code());

      EnrolResponse again = keys.enrol(hub);
      TestClient.connected(broker, keys.control(again), "cam-0").close();
    }
  }

  @Test
  void messagesSentAgain_areRefusedOrChangeNothing_andAreCounted() throws Exception {
    String port = Integer.toString(BrokerFixture.freePort());
    try (HubFixture hub = HubFixture.start(directory, Map.of("broker.port", port))) {
      EnrolResponse enrolled = keys.enrol(hub);
      HostPort broker = new HostPort("localhost", Integer.parseInt(port));
      long now = Clock.systemUTC().millis();
      byte[] hello =
          keys.sealed(enrolled, DeviceKeys.event(now).setHello(Hello.getDefaultInstance()));
      byte[] first =
          keys.sealed(
              enrolled, DeviceKeys.event(now + 1).setHeartbeat(Heartbeat.getDefaultInstance()));
      byte[] second =
          keys.sealed(
              enrolled, DeviceKeys.event(now + 2).setHeartbeat(Heartbeat.getDefaultInstance()));
      byte[] report =
          keys.sealed(enrolled, DeviceKeys.event(now).setSeq(1).setReport(neverGranted()));
      byte[] ofThePast =
          keys.sealed(
              enrolled,
              DeviceKeys.event(now + 3).setIncarnation(9).setSeq(4).setReport(neverGranted()));
      String topic = new Topics("default").device("cam-0", Topic.Channel.EVT);
      // With the device's own certificate, as whoever copied its disk would have it.
      TlsMaterial tls = keys.control(enrolled);
      try (TestClient device = TestClient.connected(broker, tls, "cam-0")) {
        for (byte[] fresh : List.of(hello, first, second, report)) {
          device.publish(topic, fresh, false);
        }
        for (byte[] old : List.of(hello, first, ofThePast)) {
          Mqtt5PubAckException refused =
              assertThrows(Mqtt5PubAckException.class, () -> device.publish(topic, old, false));
          assertEquals(
              Mqtt5PubAckReasonCode.NOT_AUTHORIZED, refused.getMqttMessage().getReasonCode());
        }
        device.publish(topic, report, false);
      }
      await().until(() -> refused(hub).getNotGranted() > 0);
      assertEquals(3, refused(hub).getReplayed());
      assertEquals(1, refused(hub).getNotGranted(), "a number counts once");
    }
  }

  private static RefusedReports refused(HubFixture hub) {
    GetDeviceRequest device = GetDeviceRequest.newBuilder().setDevice("cam-0").build();
    return hub.as(Role.VIEWER).calls().getDevice(device).getRefusedReports();
  }

  private static ExecutionReport neverGranted() {
    return ExecutionReport.newBuilder()
        .setExecution("j1-1")
        .setAttempt(1)
        .setState(ExecutionState.SUCCEEDED)
        .build();
  }

  private EnrolResponse renew(HubFixture hub, TlsMaterial shown, EnrolResponse enrolled) {
    RenewRequest request =
        RenewAuth.sign(
            keys.control.getPrivate(),
            RenewRequest.newBuilder()
                .setDevice("cam-0")
                .setCsr(ByteString.copyFrom(CertificateRequest.create(keys.control)))
                .setBulkCsr(ByteString.copyFrom(CertificateRequest.create(keys.bulk)))
                .setCertificate(enrolled.getCertificate())
                .setTimeMs(Clock.systemUTC().millis())
                .build());
    return EnrolServiceGrpc.newBlockingStub(hub.channel(shown)).renew(request);
  }
}
