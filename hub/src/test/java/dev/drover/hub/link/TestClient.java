package dev.drover.hub.link;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishResult;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.suback.Mqtt5SubAck;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.HostPort;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A client of a broker that may do what no honest device does. */
final class TestClient implements AutoCloseable {
  private static final int SECONDS_MAX = 20;

  private final Mqtt5AsyncClient client;
  private final List<Mqtt5Publish> received = new CopyOnWriteArrayList<>();
  private final List<Mqtt5Publish> held = new CopyOnWriteArrayList<>();
  private volatile boolean acknowledging = true;
  private volatile boolean lost;

  TestClient(HostPort broker, TlsMaterial material, String clientId) {
    client =
        Mqtt5Client.builder()
            .identifier(clientId)
            .serverHost(broker.host())
            .serverPort(broker.port())
            .sslConfig(
                MqttClientSslConfig.builder()
                    .keyManagerFactory(material.keyManagers())
                    .trustManagerFactory(
                        material.trustManagers(material.certificate().getNotBefore().toInstant()))
                    .protocols(TlsMaterial.PROTOCOLS)
                    .build())
            .addDisconnectedListener(context -> lost = true)
            .buildAsync();
    client.publishes(MqttGlobalPublishFilter.ALL, this::onPublish, true);
  }

  static TestClient connected(HostPort broker, TlsMaterial material, String clientId)
      throws Exception {
    TestClient client = new TestClient(broker, material, clientId);
    client.connect(null, 10);
    return client;
  }

  Mqtt5ConnAck connect(@Nullable String willTopic, int receiveMax) throws Exception {
    var connect = client.connectWith().cleanStart(true).restrictions().receiveMaximum(receiveMax);
    var restricted = connect.applyRestrictions();
    if (willTopic != null) {
      return get(
          restricted
              .willPublish()
              .topic(willTopic)
              .payload(bytes("gone"))
              .qos(MqttQos.AT_LEAST_ONCE)
              .retain(true)
              .applyWillPublish()
              .send());
    }
    return get(restricted.send());
  }

  /** Connects as a client that wants the broker to remember it. */
  Mqtt5ConnAck connectForSession() throws Exception {
    return get(client.connectWith().cleanStart(false).sessionExpiryInterval(3600).send());
  }

  Mqtt5SubAck subscribe(String filter) throws Exception {
    return get(client.subscribeWith().topicFilter(filter).qos(MqttQos.AT_LEAST_ONCE).send());
  }

  Mqtt5PublishResult publish(String topic, String text, boolean retain) throws Exception {
    return publish(topic, bytes(text), retain);
  }

  Mqtt5PublishResult publish(String topic, byte[] payload, boolean retain) throws Exception {
    return get(publishLater(topic, payload, retain));
  }

  CompletableFuture<Mqtt5PublishResult> publishLater(String topic, byte[] payload, boolean retain) {
    return client
        .publishWith()
        .topic(topic)
        .payload(payload)
        .retain(retain)
        .qos(MqttQos.AT_LEAST_ONCE)
        .send();
  }

  /** Stops acknowledging what arrives, like a device that hangs. */
  void hang() {
    acknowledging = false;
  }

  void wake() {
    acknowledging = true;
    held.forEach(Mqtt5Publish::acknowledge);
    held.clear();
  }

  List<String> texts() {
    return received.stream()
        .map(publish -> new String(publish.getPayloadAsBytes(), StandardCharsets.UTF_8))
        .toList();
  }

  List<String> topics() {
    return received.stream().map(publish -> publish.getTopic().toString()).toList();
  }

  String clientId() {
    return client.getConfig().getClientIdentifier().orElseThrow().toString();
  }

  boolean lost() {
    return lost;
  }

  void disconnect() throws Exception {
    get(client.disconnect());
  }

  /** Goes away without a word: the reason code asks the broker to send the last will. */
  void vanish() throws Exception {
    get(
        client
            .disconnectWith()
            .reasonCode(
                com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5DisconnectReasonCode
                    .DISCONNECT_WITH_WILL_MESSAGE)
            .send());
  }

  @Override
  public void close() {
    var closing = client.disconnect();
    closing.exceptionally(gone -> null);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void onPublish(Mqtt5Publish publish) {
    received.add(publish);
    if (acknowledging) {
      publish.acknowledge();
    } else {
      held.add(publish);
    }
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    try {
      return future.get(SECONDS_MAX, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    } catch (TimeoutException e) {
      throw new AssertionError("the broker did not answer", e);
    }
  }
}
