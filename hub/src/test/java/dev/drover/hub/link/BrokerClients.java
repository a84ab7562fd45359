package dev.drover.hub.link;

import com.hivemq.client.mqtt.exceptions.ConnectionClosedException;
import com.hivemq.client.mqtt.exceptions.ConnectionFailedException;
import com.hivemq.client.mqtt.exceptions.MqttClientStateException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5MessageException;
import dev.drover.crypto.TlsMaterial;
import dev.drover.testkit.TestFleet;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** Clients of a broker under test, closed after each test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BrokerClients {
  static final String SHA = "ab".repeat(32);

  final Topics topics = new Topics(TestFleet.TENANT);
  final RecordingListener hub = new RecordingListener();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final AtomicInteger names = new AtomicInteger();

  /** Returns the broker under test, the same one for all tests. */
  abstract BrokerFixture broker();

  @BeforeAll
  void patience() {
    org.awaitility.Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
  }

  @BeforeEach
  void forget() {
    hub.resume();
    hub.clear();
  }

  @AfterEach
  void closeClients() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    opened.clear();
  }

  /** Returns a name that no other test has used. */
  String device(String stem) {
    return stem + "-" + names.incrementAndGet();
  }

  TestClient control(String device) throws Exception {
    return control(device, broker().fleet().device(device));
  }

  TestClient control(String device, TlsMaterial material) throws Exception {
    return keep(TestClient.connected(broker().address(), material, device));
  }

  TestClient bulk(String device) throws Exception {
    return keep(
        TestClient.connected(broker().address(), broker().fleet().bulk(device), device + ".bulk"));
  }

  <T extends AutoCloseable> T keep(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  String evt(String device) {
    return topics.device(device, Topic.Channel.EVT);
  }

  void hubPublishes(String topic, String text, boolean retain) throws Exception {
    broker()
        .link()
        .publish(topic, TestClient.bytes(text), retain, 1)
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  /** Publishes something forbidden; returns whether the broker said that it took it. */
  static boolean tryPublish(TestClient client, String topic, boolean retain) throws Exception {
    return accepted(() -> client.publish(topic, "foreign", retain));
  }

  /** Subscribes to something forbidden; returns whether the broker said that it granted it. */
  static boolean trySubscribe(TestClient client, String filter) throws Exception {
    return accepted(() -> client.subscribe(filter));
  }

  /** Does what a broker may refuse, by an answer or by closing the connection. */
  static boolean accepted(Callable<?> attempt) throws Exception {
    try {
      attempt.call();
      return true;
    } catch (Mqtt5MessageException
        | MqttClientStateException
        | ConnectionClosedException
        | ConnectionFailedException refused) {
      return false;
    }
  }
}
