package dev.drover.deploy.demo;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.Identity;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Records what the broker carries, but for content chunks, with a certificate that only somebody
 * with the hub's own keys can make. The same client plays the dishonest broker.
 */
final class Tap implements AutoCloseable {
  private static final String TENANT = "default";
  private static final long WAIT_SECONDS = 20;
  private static final int RECORD_BYTES_MAX = 64 << 20;

  private final Mqtt5AsyncClient client;
  private final ByteArrayOutputStream recorded = new ByteArrayOutputStream();
  private long messages;

  private Tap(Mqtt5AsyncClient client) {
    this.client = client;
  }

  static Tap start(Scene scene) {
    Path keys = scene.processes.directory(Scene.HUB).resolve("keys");
    SecureRandom random = new SecureRandom();
    CertificateAuthority authority =
        CertificateAuthority.load(keys.resolve("ca.key"), keys.resolve("ca.crt"), random);
    KeyPair pair = KeyFiles.newP256(random);
    TlsMaterial tls =
        new TlsMaterial(
            pair.getPrivate(),
            authority.issueClient(
                Identity.hub(TENANT), pair.getPublic(), scene.clock.instant(), Duration.ofDays(1)),
            authority.certificate());
    Tap tap = new Tap(client(scene, tls, Identity.hub(TENANT).commonName()));
    tap.connect();
    return tap;
  }

  /** Returns a client of the demo's broker with this identity. */
  static Mqtt5AsyncClient client(Scene scene, TlsMaterial tls, String clientId) {
    return MqttClient.builder()
        .useMqttVersion5()
        .identifier(clientId)
        .serverHost("localhost")
        .serverPort(scene.brokerPort)
        .sslConfig(
            MqttClientSslConfig.builder()
                .keyManagerFactory(tls.keyManagers())
                .trustManagerFactory(tls.trustManagers(scene.clock.instant()))
                .protocols(TlsMaterial.PROTOCOLS)
                .build())
        .buildAsync();
  }

  /** Connects and records from now on; also after the broker restarted. */
  void connect() {
    try {
      var connected =
          client
              .connectWith()
              .cleanStart(true)
              .keepAlive(30)
              .send()
              .get(WAIT_SECONDS, TimeUnit.SECONDS);
      Checks.require(!connected.getReasonCode().isError(), "The tap cannot connect.");
      for (String filter : new String[] {"d/#", "repo/root/#", "repo/timestamp", "repo/meta/#"}) {
        var subscribed =
            client
                .subscribeWith()
                .topicFilter("drover/v1/" + TENANT + "/" + filter)
                .qos(MqttQos.AT_MOST_ONCE)
                .callback(this::record)
                .send()
                .get(WAIT_SECONDS, TimeUnit.SECONDS);
        Checks.require(
            subscribed.getReasonCodes().stream().noneMatch(code -> code.isError()),
            "The tap cannot listen.");
      }
    } catch (CheckFailed failed) {
      throw failed;
    } catch (Exception failed) {
      throw new CheckFailed("The tap cannot connect: " + failed);
    }
  }

  private synchronized void record(Mqtt5Publish message) {
    messages++;
    if (recorded.size() < RECORD_BYTES_MAX) {
      recorded.writeBytes(message.getTopic().toString().getBytes(StandardCharsets.UTF_8));
      recorded.write('\n');
      recorded.writeBytes(message.getPayloadAsBytes());
      recorded.write('\n');
    }
  }

  synchronized byte[] bytes() {
    return recorded.toByteArray();
  }

  synchronized long messages() {
    return messages;
  }

  /** Publishes as a dishonest broker could, retained. */
  void publishRetained(String topic, byte[] payload) {
    try {
      var result =
          client
              .publishWith()
              .topic("drover/v1/" + TENANT + "/" + topic)
              .qos(MqttQos.AT_LEAST_ONCE)
              .retain(true)
              .payload(payload)
              .send()
              .get(WAIT_SECONDS, TimeUnit.SECONDS);
      Checks.require(result.getError().isEmpty(), "The broker refused the dishonest message.");
    } catch (CheckFailed failed) {
      throw failed;
    } catch (Exception failed) {
      throw new CheckFailed("Cannot publish: " + failed);
    }
  }

  @Override
  public void close() {
    var unused = client.disconnect();
  }
}
