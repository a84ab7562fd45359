package dev.drover.hub.link;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import com.hivemq.client.mqtt.mqtt5.message.publish.puback.Mqtt5PubAckReasonCode;
import dev.drover.crypto.TlsMaterial;
import dev.drover.testkit.Peers;
import dev.drover.testkit.TestFleet;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Topic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on the embedded broker, and what only that promises. */
final class EmbeddedBrokerTest extends BrokerContract {
  private static final int PENDING_MAX = 30;

  /** Three times the keep-alive of clients; the broker waits for half of them. */
  private static final Duration LINGERS = Duration.ofMinutes(3);

  @TempDir static Path directory;
  private EmbeddedFixture fixture;

  @BeforeAll
  void startBroker() throws Exception {
    fixture =
        new EmbeddedFixture(
            directory,
            hub,
            new EmbeddedBrokerConfig.Pending(PENDING_MAX, 16L << 20, Duration.ofSeconds(30)));
  }

  @AfterAll
  void stopBroker() {
    fixture.close();
  }

  @Override
  BrokerFixture broker() {
    return fixture;
  }

  @Override
  void assertRevocation(String device, TlsMaterial material) throws Exception {
    assertThrows(Exception.class, () -> control(device, material));
    // A new certificate of the same device is another matter.
    control(device).publish(evt(device), "renewed", false);
    await().until(() -> hub.messages().contains(device + " evt renewed"));
  }

  @Test
  void refusals_areVisibleToTheSender() throws Exception {
    String lamp = device("lamp");
    TestClient client = control(lamp);
    Mqtt5PubAckException refused =
        assertThrows(
            Mqtt5PubAckException.class, () -> client.publish(evt("door"), "foreign", false));
    assertEquals(Mqtt5PubAckReasonCode.NOT_AUTHORIZED, refused.getMqttMessage().getReasonCode());
    assertThrows(Mqtt5PubAckException.class, () -> client.publish(evt(lamp), "retained", true));
    for (String filter :
        List.of("#", topics.cmd("door"), topics.chunk("ab".repeat(32)), "$share/g/x", "$SYS/#")) {
      TestClient asking = control(lamp);
      assertThrows(Exception.class, () -> asking.subscribe(filter), filter);
    }
    TestClient bulk = bulk(lamp);
    assertThrows(Mqtt5SubAckException.class, () -> bulk.subscribe(topics.timestamp()));
    assertEquals(List.of(), hub.messages());
  }

  @Test
  void hub_thatStalls_pushesBackAndRefusesVisibly() throws Exception {
    String lamp = device("lamp");
    TestClient client = control(lamp);
    hub.stall();
    List<CompletableFuture<?>> sent = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      sent.add(client.publishLater(evt(lamp), TestClient.bytes("n" + i), false));
    }
    // The next message of a device comes when the one before is handled.
    await().until(() -> hub.messages().size() == 1);
    assertEquals(1, fixture.link().health().in().pendingMessages());
    assertTrue(sent.stream().noneMatch(CompletableFuture::isDone));
    hub.resume();
    CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).get(20, TimeUnit.SECONDS);
    await().until(() -> fixture.link().health().in().pendingMessages() == 0);

    hub.stall();
    List<CompletableFuture<?>> flood = new ArrayList<>();
    for (int d = 0; d < PENDING_MAX + 2; d++) {
      String name = device("flood");
      flood.add(control(name).publishLater(evt(name), TestClient.bytes("x"), false));
    }
    await().until(() -> flood.stream().filter(CompletableFuture::isDone).count() == 2);
    assertEquals(PENDING_MAX, fixture.link().health().in().pendingMessages());
    ExecutionException full =
        assertThrows(
            ExecutionException.class,
            () ->
                flood.stream()
                    .filter(CompletableFuture::isCompletedExceptionally)
                    .findFirst()
                    .orElseThrow()
                    .get());
    assertEquals(
        Mqtt5PubAckReasonCode.QUOTA_EXCEEDED,
        ((Mqtt5PubAckException) full.getCause()).getMqttMessage().getReasonCode());
    hub.resume();
    await().until(() -> flood.stream().allMatch(CompletableFuture::isDone));
  }

  @Test
  void listener_thatRefuses_tellsTheSenderWhy() throws Exception {
    String lamp = device("lamp");
    TestClient client = control(lamp);
    hub.refuseNext(new DroverException(ErrorCode.EGRESS_REFUSED, "no"));
    Mqtt5PubAckException refused =
        assertThrows(Mqtt5PubAckException.class, () -> client.publish(evt(lamp), "x", false));
    assertEquals(Mqtt5PubAckReasonCode.NOT_AUTHORIZED, refused.getMqttMessage().getReasonCode());
  }

  @Test
  void connectionLost_withoutAWord_sendsTheLastWill() throws Exception {
    String lamp = device("lamp");
    TestClient first = new TestClient(fixture.address(), fixture.fleet().device(lamp), lamp);
    first.connect(topics.device(lamp, Topic.Channel.PRESENCE), 10);
    // Another connection under the same name takes its place.
    control(lamp);
    await().until(() -> hub.messages().equals(List.of(lamp + " presence gone")));
  }

  @Test
  void session_askedFor_isNotKept() throws Exception {
    String lamp = device("lamp");
    TestClient first = new TestClient(fixture.address(), fixture.fleet().device(lamp), lamp);
    assertEquals(0, first.connectForSession().getSessionExpiryInterval().orElse(-1));
    first.subscribe(topics.cmd(lamp));
    first.disconnect();
    hubPublishes(topics.cmd(lamp), "missed", false);
    TestClient second = keep(new TestClient(fixture.address(), fixture.fleet().device(lamp), lamp));
    assertFalse(second.connectForSession().isSessionPresent());
    second.subscribe(topics.cmd(lamp));
    hubPublishes(topics.cmd(lamp), "now", false);
    await().until(() -> second.texts().contains("now"));
    assertEquals(List.of("now"), second.texts());
  }

  @Test
  void health_countsConnections() throws Exception {
    // A client of a test before that left as soon as it had come is there until its keep-alive
    // ends.
    await().atMost(LINGERS).until(() -> fixture.link().health().clientsConnected() == 0);
    TestClient client = control(device("lamp"));
    await().until(() -> fixture.link().health().clientsConnected() == 1);
    client.disconnect();
    await().until(() -> fixture.link().health().clientsConnected() == 0);
  }

  @Test
  void renewedCertificate_isShownToNewConnections_andLeavesTheOthers() throws Exception {
    TestClient before = control(device("lamp"));
    TlsMaterial renewed = fixture.fleet().server();
    fixture.link().renew(renewed);
    TlsMaterial client = fixture.fleet().device(device("door"));
    await()
        .atMost(Duration.ofSeconds(40))
        .until(
            () ->
                Peers.certificate(fixture.address(), client, fixture.fleet().now())
                    .equals(renewed.certificate()));
    assertFalse(before.lost());
  }

  @Test
  void directory_isTheOwnersAndHoldsNoPassword() throws Exception {
    Path files = directory.resolve("broker");
    assertEquals(
        PosixFilePermissions.fromString("rwx------"), Files.getPosixFilePermissions(files));
    try (Stream<Path> all = Files.walk(files)) {
      assertEquals(List.of(), all.filter(file -> file.toString().endsWith(".xml")).toList());
    }
  }

  @Test
  void port_takenByAnother_isSaid() {
    EmbeddedBroker second =
        new EmbeddedBroker(
            EmbeddedBrokerConfig.of(
                TestFleet.TENANT,
                "127.0.0.1",
                fixture.address().port(),
                directory.resolve("second")),
            fixture.fleet().server(),
            (identity, serial) -> false,
            fixture.fleet().random());
    DroverException taken =
        assertThrows(DroverException.class, () -> second.start(new RecordingListener()));
    assertEquals(ErrorCode.PORT_IN_USE, taken.code());
    assertFalse(second.health().connected());
  }
}
