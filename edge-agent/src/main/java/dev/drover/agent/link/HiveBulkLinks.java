package dev.drover.agent.link;

import com.hivemq.client.mqtt.MqttClientExecutorConfig;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import dev.drover.agent.core.BulkLink;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import dev.drover.wire.Limits;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Opens bulk links with the HiveMQ client, as the identity {@code <device>.bulk}.
 *
 * <p>All links of a process share one Netty event loop, which ends with the last of them. A broker
 * is kept until it does not answer; then it is the next one's turn. Thread-safe.
 */
public final class HiveBulkLinks implements BulkLink.Opener {
  private static final int NETTY_THREADS = 1;

  /** More than the window, as Mosquitto 2.0.11 was seen to send more than a client allows. */
  private static final int RECEIVE_MAX = 3 * Limits.CHUNK_WINDOW_MAX;

  private final LinkConfig config;
  private final AtomicInteger failures = new AtomicInteger();

  /**
   * Makes an opener.
   *
   * @param config with the material of the bulk identity
   */
  public HiveBulkLinks(LinkConfig config) {
    this.config = config;
  }

  @Override
  public CompletionStage<BulkLink> open(BulkLink.Listener listener) {
    HostPort broker = config.brokers().get(Math.floorMod(failures.get(), config.brokers().size()));
    TlsMaterial material = config.material().get();
    Mqtt5ClientBuilder builder =
        Mqtt5Client.builder()
            .identifier(Identity.bulk(config.tenant(), config.device()).commonName())
            .serverHost(broker.host())
            .serverPort(broker.port())
            .executorConfig(MqttClientExecutorConfig.builder().nettyThreads(NETTY_THREADS).build())
            .sslConfig(
                MqttClientSslConfig.builder()
                    .keyManagerFactory(material.keyManagers())
                    .trustManagerFactory(material.trustManagers(config.now().instant()))
                    .protocols(TlsMaterial.PROTOCOLS)
                    .handshakeTimeout(config.timing().connect().toMillis(), TimeUnit.MILLISECONDS)
                    .build());
    HostPort proxy = config.httpProxy();
    if (proxy != null) {
      builder =
          builder
              .transportConfig()
              .proxyConfig()
              .protocol(com.hivemq.client.mqtt.MqttProxyProtocol.HTTP)
              .address(new InetSocketAddress(proxy.host(), proxy.port()))
              .applyProxyConfig()
              .applyTransportConfig();
    }
    HiveBulkLink link = new HiveBulkLink(config.tenant(), listener);
    Mqtt5AsyncClient client =
        builder.addDisconnectedListener(context -> link.onDisconnected()).buildAsync();
    return connect(client, link);
  }

  private CompletableFuture<BulkLink> connect(Mqtt5AsyncClient client, HiveBulkLink link) {
    link.attach(client);
    return client
        .connectWith()
        .cleanStart(true)
        .sessionExpiryInterval(0)
        .keepAlive((int) Math.max(1, config.timing().keepAlive().toSeconds()))
        .restrictions()
        .receiveMaximum(RECEIVE_MAX)
        .maximumPacketSize(Limits.PACKET_BYTES_MAX)
        .applyRestrictions()
        .send()
        .orTimeout(config.timing().connect().toMillis(), TimeUnit.MILLISECONDS)
        .handle(
            (answer, failure) -> {
              if (failure != null) {
                failures.incrementAndGet();
                link.close();
                throw new DroverException(
                    ErrorCode.UNAVAILABLE,
                    "The bulk link does not connect: " + LinkTrouble.brief(failure) + ".",
                    failure);
              }
              link.opened();
              return link;
            });
  }
}
