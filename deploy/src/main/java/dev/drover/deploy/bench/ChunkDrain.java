package dev.drover.deploy.bench;

import com.google.protobuf.ByteString;
import com.hivemq.client.mqtt.MqttClientExecutorConfig;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscribe;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscription;
import com.hivemq.client.mqtt.mqtt5.message.unsubscribe.Mqtt5Unsubscribe;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.Identity;
import dev.drover.wire.Limits;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Takes chunks off the broker as fast as they come and drops the bytes: what the broker, TLS and
 * MQTT allow, with the window of an agent. It waits for no answer, copies nothing and checks
 * nothing. Thread-safe.
 */
final class ChunkDrain implements AutoCloseable {
  private static final int CONNECT_SECONDS = 60;
  private static final int CLOSE_SECONDS = 5;
  private static final int RECEIVE_MAX = 65_535;
  private static final int WINDOW = Limits.CHUNK_WINDOW_MAX;
  private static final int BATCH = Math.max(1, WINDOW / 4);
  private static final int AHEAD = Limits.WANT_CHUNKS_MAX / 2;
  private static final int ASKED_AT_ONCE = AHEAD / 4;

  private final BenchDevice control;
  private final Topics topics;
  private final List<String> chunks;
  private final Mqtt5AsyncClient client;
  private final CompletableFuture<Long> done = new CompletableFuture<>();
  private final Set<String> window = new HashSet<>();
  private final List<String> leaving = new ArrayList<>();
  private int subscribed;
  private int asked;
  private int arrived;
  private int arrivedBefore;
  private long bytes;

  /**
   * Makes a drain that is not connected.
   *
   * @param control the same device's connected control link, on which chunks are asked for
   * @param chunks names of all chunks, each once
   */
  ChunkDrain(DeviceIdentity identity, BenchDevice control, List<String> chunks, Clock clock) {
    this.control = control;
    this.topics = new Topics(identity.tenant());
    this.chunks = List.copyOf(chunks);
    URI broker = URI.create(identity.brokers().get(0));
    TlsMaterial tls = identity.bulk();
    this.client =
        Mqtt5Client.builder()
            .identifier(Identity.bulk(identity.tenant(), identity.device()).commonName())
            .serverHost(broker.getHost())
            .serverPort(broker.getPort())
            .executorConfig(MqttClientExecutorConfig.builder().nettyThreads(1).build())
            .sslConfig(
                MqttClientSslConfig.builder()
                    .keyManagerFactory(tls.keyManagers())
                    .trustManagerFactory(tls.trustManagers(clock.instant()))
                    .protocols(TlsMaterial.PROTOCOLS)
                    .handshakeTimeout(CONNECT_SECONDS, TimeUnit.SECONDS)
                    .build())
            .buildAsync();
    client.publishes(MqttGlobalPublishFilter.ALL, this::received);
  }

  void connect() {
    var unused =
        client
            .connectWith()
            .cleanStart(true)
            .restrictions()
            .receiveMaximum(RECEIVE_MAX)
            .applyRestrictions()
            .send()
            .orTimeout(CONNECT_SECONDS, TimeUnit.SECONDS)
            .join();
  }

  /** Begins; completes with the bytes that came when each chunk came once. */
  synchronized CompletableFuture<Long> start() {
    refill();
    return done;
  }

  /** Asks again for what has not come, if nothing came since the last time. */
  synchronized void again() {
    if (arrived == arrivedBefore) {
      control.want(names(List.copyOf(window)), true);
      asked = subscribed;
      askAhead();
    }
    arrivedBefore = arrived;
  }

  private synchronized void received(Mqtt5Publish publish) {
    Topic topic = Topics.parse(publish.getTopic().toString()).orElse(null);
    int length = publish.getPayload().map(java.nio.ByteBuffer::remaining).orElse(0);
    if (!(topic instanceof Topic.OfChunk chunk) || length == 0 || !window.remove(chunk.sha256())) {
      return;
    }
    bytes += length;
    arrived++;
    leaving.add(chunk.sha256());
    if (arrived == chunks.size()) {
      done.complete(bytes);
    } else if (WINDOW - window.size() >= BATCH) {
      refill();
    }
  }

  private void refill() {
    askAhead();
    List<Mqtt5Subscription> next = new ArrayList<>();
    while (window.size() < WINDOW && subscribed < chunks.size()) {
      String sha256 = chunks.get(subscribed++);
      window.add(sha256);
      next.add(
          Mqtt5Subscription.builder()
              .topicFilter(topics.chunk(sha256))
              .qos(MqttQos.AT_LEAST_ONCE)
              .build());
    }
    if (!next.isEmpty()) {
      var unused = client.subscribe(Mqtt5Subscribe.builder().addSubscriptions(next).build());
    }
    if (!leaving.isEmpty()) {
      var builder = Mqtt5Unsubscribe.builder().topicFilter(topics.chunk(leaving.get(0)));
      for (String sha256 : leaving.subList(1, leaving.size())) {
        builder = builder.addTopicFilter(topics.chunk(sha256));
      }
      leaving.clear();
      var unused = client.unsubscribe(builder.build());
    }
  }

  private void askAhead() {
    int ahead = Math.min(chunks.size(), subscribed + WINDOW + AHEAD);
    if (ahead - asked >= ASKED_AT_ONCE || (ahead == chunks.size() && asked < ahead)) {
      control.want(names(chunks.subList(asked, ahead)), true);
      asked = ahead;
    }
  }

  private static List<ByteString> names(List<String> sha256s) {
    return sha256s.stream().map(each -> ByteString.copyFrom(Hashes.unhex(each))).toList();
  }

  @Override
  public void close() {
    var unused =
        client
            .disconnect()
            .orTimeout(CLOSE_SECONDS, TimeUnit.SECONDS)
            .exceptionally(gone -> null)
            .join();
  }
}
