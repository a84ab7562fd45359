package dev.drover.hub.link;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttClientTransportConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.lifecycle.MqttClientDisconnectedContext;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.core.BrokerLink;
import dev.drover.wire.Backoff;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import dev.drover.wire.Limits;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hub on a broker outside its process, as an MQTT 5 client with the {@code hub} certificate.
 *
 * <p>Connects, and connects again after a loss, by itself, through the configured addresses in
 * turn. A device's message is acknowledged to the broker when the hub has handled it, so a slow hub
 * is met by the broker's queue, which is bounded and drops: devices resend. Thread-safe.
 */
public final class MqttBrokerLink implements BrokerLink {
  private static final Logger log = LoggerFactory.getLogger(MqttBrokerLink.class);

  /**
   * No limit: Mosquitto 2.0.11 sends more than a client allows while acknowledgements come in (each
   * seems to count twice), and the client must then disconnect. The broker's own limit on messages
   * in flight holds back, and {@link Inbound} refuses what is too much.
   */
  private static final int RECEIVE_MAX = 65_535;

  private static final int KEEP_ALIVE_SECONDS = 30;
  private static final int CLOSE_SECONDS_MAX = 5;

  private final ExternalBrokerConfig config;
  private final Topics topics;
  private final Supplier<TlsMaterial> material;
  private final InstantSource clock;
  private final Function<Identity, CompletionStage<Void>> onRevoked;
  private final TakeOver takeOver;
  private final Backoff backoff;
  private final Outbound outbound;
  private @Nullable Mqtt5AsyncClient client;
  private @Nullable Inbound inbound;
  private volatile boolean connected;
  private volatile boolean complained;
  private volatile boolean closed;
  private long connectedSinceMs;
  private int address;

  /**
   * Makes a link that is not started.
   *
   * @param material asked at each connection, so that a renewed certificate is used at the next
   * @param clock by which the broker's certificate is checked
   * @param onRevoked writes what the broker needs to know of revocations (see {@link
   *     MosquittoConfig}) after the identity was added to them
   * @param certificates makes certificates by which the hub takes the place of a client
   * @param revoked whether an identity is to be kept away; may read the store
   */
  public MqttBrokerLink(
      ExternalBrokerConfig config,
      Supplier<TlsMaterial> material,
      InstantSource clock,
      RandomGenerator random,
      Function<Identity, CompletionStage<Void>> onRevoked,
      Function<Identity, TlsMaterial> certificates,
      Predicate<Identity> revoked) {
    this.config = config;
    this.topics = new Topics(config.tenant());
    this.material = material;
    this.clock = clock;
    this.onRevoked = onRevoked;
    this.takeOver = new TakeOver(config, certificates, revoked, clock, random);
    this.backoff = new Backoff(config.retryFirst(), config.retryMax(), random);
    this.outbound =
        new Outbound(topics.prefix(), config.pending().messagesMax(), config.pending().bytesMax());
  }

  @Override
  public synchronized void start(Listener listener) {
    if (client != null) {
      throw new DroverException(ErrorCode.ILLEGAL_TRANSITION, "The link was started before.");
    }
    Inbound way =
        new Inbound(
            listener,
            config.pending().messagesMax(),
            config.pending().bytesMax(),
            config.pending().deadline());
    inbound = way;
    Mqtt5AsyncClient made =
        Mqtt5Client.builder()
            .identifier(Identity.hub(config.tenant()).commonName())
            .transportConfig(transport())
            .addConnectedListener(context -> onConnected(way, listener))
            .addDisconnectedListener(this::onDisconnected)
            .buildAsync();
    client = made;
    var connecting =
        made.connectWith()
            .cleanStart(true)
            .sessionExpiryInterval(0)
            .keepAlive(KEEP_ALIVE_SECONDS)
            .restrictions()
            .receiveMaximum(RECEIVE_MAX)
            .maximumPacketSize(Limits.PACKET_BYTES_MAX)
            .applyRestrictions()
            .send();
    connecting.exceptionally(
        failure -> {
          log.atDebug().setCause(failure).log("broker connect attempt ended");
          return null;
        });
  }

  @Override
  public CompletionStage<Void> publish(String topic, byte[] payload, boolean retain, int qos) {
    Mqtt5AsyncClient live = connected ? current() : null;
    if (live == null) {
      return Outbound.failed(ErrorCode.UNAVAILABLE, "There is no connection to the broker.");
    }
    return outbound.send(
        topic,
        payload.length,
        qos,
        () ->
            live.publishWith()
                .topic(topic)
                .payload(payload)
                .qos(qos == 0 ? MqttQos.AT_MOST_ONCE : MqttQos.AT_LEAST_ONCE)
                .retain(retain)
                .send()
                .thenAccept(
                    result -> {
                      if (result.getError().isPresent()) {
                        throw new DroverException(
                            ErrorCode.UNAVAILABLE,
                            "The broker did not take it.",
                            result.getError().get());
                      }
                    }));
  }

  @Override
  public CompletionStage<Void> disconnect(Identity identity) {
    return onRevoked.apply(identity).thenCompose(written -> takeOver.cut(identity));
  }

  @Override
  public synchronized Health health() {
    Inbound way = inbound;
    return new Health(connected, -1, way == null ? Flow.NONE : way.flow(), outbound.flow());
  }

  @Override
  public void close() {
    closed = true;
    connected = false;
    takeOver.close();
    Mqtt5AsyncClient live = current();
    if (live != null) {
      try {
        live.disconnect().get(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        log.atDebug().setCause(e).log("broker link closed while not connected");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized @Nullable Mqtt5AsyncClient current() {
    return client;
  }

  private void deliver(Inbound way, Mqtt5Publish publish) {
    Optional<Topic> topic = Topics.parse(publish.getTopic().toString());
    if (!(topic.orElse(null) instanceof Topic.OfDevice own)
        || !own.tenant().equals(config.tenant())
        || own.channel() == Topic.Channel.CMD) {
      way.countRefused();
      publish.acknowledge();
      return;
    }
    var handled = way.accept(own.device(), own.channel(), publish.getPayloadAsBytes());
    var unused = handled.whenComplete((done, failure) -> publish.acknowledge());
  }

  /** Called on an event loop: must not wait. */
  private void onConnected(Inbound way, Listener listener) {
    Mqtt5AsyncClient live = current();
    if (live == null) {
      return;
    }
    // The flow of publishes ends with the session, that is with each connection. Listeners return
    // at once, so they may run on the event loop.
    live.publishes(MqttGlobalPublishFilter.ALL, publish -> deliver(way, publish), true);
    var subscribing =
        live.subscribeWith()
            .addSubscription()
            .topicFilter(topics.everyDevice(Topic.Channel.EVT))
            .qos(MqttQos.AT_LEAST_ONCE)
            .applySubscription()
            .addSubscription()
            .topicFilter(topics.everyDevice(Topic.Channel.AUDIT))
            .qos(MqttQos.AT_LEAST_ONCE)
            .applySubscription()
            .addSubscription()
            .topicFilter(topics.everyDevice(Topic.Channel.PRESENCE))
            .qos(MqttQos.AT_LEAST_ONCE)
            .applySubscription()
            .send();
    var unused =
        subscribing.whenComplete(
            (granted, failure) -> {
              if (failure == null) {
                connectedSinceMs = clock.millis();
                connected = true;
                complained = false;
                log.atInfo().log("broker link up");
                listener.onConnected();
              } else {
                log.atWarn().setCause(failure).log("broker refused the hub's subscriptions");
                var cut = live.disconnect();
                cut.exceptionally(gone -> null);
              }
            });
  }

  /** Called on an event loop: must not wait. */
  private void onDisconnected(MqttClientDisconnectedContext context) {
    boolean was = connected;
    connected = false;
    if (was) {
      backoff.lasted(Duration.ofMillis(clock.millis() - connectedSinceMs));
      log.atWarn().addKeyValue("cause", context.getCause().getMessage()).log("broker link lost");
    } else if (!complained && !closed) {
      log.atWarn()
          .addKeyValue("broker", to())
          .addKeyValue("cause", context.getCause().getMessage())
          .log("broker not reached; it is tried again");
      complained = true;
    }
    if (closed) {
      context.getReconnector().reconnect(false);
      return;
    }
    address++;
    context
        .getReconnector()
        .reconnect(true)
        .resubscribeIfSessionExpired(false)
        .republishIfSessionExpired(false)
        .delay(backoff.next().toMillis(), TimeUnit.MILLISECONDS)
        .transportConfig(transport());
  }

  private HostPort to() {
    return config.addresses().get(Math.floorMod(address, config.addresses().size()));
  }

  private MqttClientTransportConfig transport() {
    return transport(to(), material.get(), clock.instant());
  }

  /** Returns the way to a broker for whom the certificate names; its own is checked for then. */
  static MqttClientTransportConfig transport(HostPort to, TlsMaterial identity, Instant now) {
    return MqttClientTransportConfig.builder()
        .serverHost(to.host())
        .serverPort(to.port())
        .sslConfig(
            MqttClientSslConfig.builder()
                .keyManagerFactory(identity.keyManagers())
                .trustManagerFactory(identity.trustManagers(now))
                .protocols(TlsMaterial.PROTOCOLS)
                .build())
        .build();
  }
}
