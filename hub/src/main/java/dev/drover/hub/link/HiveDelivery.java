package dev.drover.hub.link;

import com.hivemq.bootstrap.ClientConnection;
import com.hivemq.mqtt.message.QoS;
import com.hivemq.mqtt.message.publish.PUBLISH;
import com.hivemq.mqtt.message.publish.PUBLISHFactory;
import com.hivemq.persistence.connection.ConnectionPersistence;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import io.netty.channel.Channel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Writes commands straight to the connection of their device.
 *
 * <p>HiveMQ's own way leads through a queue per client, four threads and an acknowledgement that
 * proves nothing: commands are kept and resent by the machine that owes them. Each topic has one
 * subscriber, so there is nothing to route. A connection takes part from its subscription on.
 * Thread-safe.
 */
final class HiveDelivery {
  /** Bytes that may wait for a connection beyond what its socket takes. */
  private static final long WAITING_BYTES_MAX = 1 << 20;

  private final ConnectionPersistence connections;
  private final String hivemqId;
  private final ConcurrentMap<String, Channel> subscribed = new ConcurrentHashMap<>();

  HiveDelivery(ConnectionPersistence connections, String hivemqId) {
    this.connections = connections;
    this.hivemqId = hivemqId;
  }

  /** Notes that a connected client has subscribed to its commands. */
  void subscribed(String clientId) {
    ClientConnection connection = connections.get(clientId);
    if (connection == null) {
      return;
    }
    Channel channel = connection.getChannel();
    subscribed.put(clientId, channel);
    var unused = channel.closeFuture().addListener(gone -> subscribed.remove(clientId, channel));
  }

  /**
   * Writes a message to a client, after those given before.
   *
   * @return completes when it was handed to the operating system, or nobody is there to get it;
   *     exceptionally where the client takes too little of what waits for it
   */
  CompletableFuture<Void> deliver(String clientId, String topic, byte[] payload) {
    Channel channel = subscribed.get(clientId);
    // A channel that is closed has room for nothing: that it is gone comes first.
    if (channel == null || !channel.isActive()) {
      return CompletableFuture.completedFuture(null);
    }
    if (channel.bytesBeforeWritable() > WAITING_BYTES_MAX) {
      return CompletableFuture.failedFuture(
          new DroverException(
              ErrorCode.RESOURCE_EXHAUSTED, "Too many commands wait for the device."));
    }
    PUBLISH publish =
        new PUBLISHFactory.Mqtt5Builder()
            .withHivemqId(hivemqId)
            .withTopic(topic)
            .withPayload(payload)
            .withQoS(QoS.AT_MOST_ONCE)
            .withOnwardQos(QoS.AT_MOST_ONCE)
            .build();
    CompletableFuture<Void> written = new CompletableFuture<>();
    var unused =
        channel
            .writeAndFlush(publish)
            .addListener(
                done -> {
                  if (done.isSuccess() || !channel.isActive()) {
                    written.complete(null);
                  } else {
                    written.completeExceptionally(done.cause());
                  }
                });
    return written;
  }
}
