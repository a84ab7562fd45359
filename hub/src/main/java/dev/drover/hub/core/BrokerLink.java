package dev.drover.hub.core;

import dev.drover.wire.Identity;
import dev.drover.wire.Topic;
import java.util.concurrent.CompletionStage;

/**
 * The hub's side of a broker, for one tenant; the same for the embedded broker and an external one.
 *
 * <p>No broker is trusted or relied on: a completed publish proves nothing but that the broker took
 * the bytes; it may lose, repeat, delay and reorder them. What matters is resent until an
 * application receipt comes. All methods may be called from any thread and none of them waits,
 * except {@link #start} and {@link #close}.
 */
public interface BrokerLink extends AutoCloseable {
  /** What the hub does with what devices send. */
  @FunctionalInterface
  interface Listener {
    /**
     * Takes one message of a device. The device's name is vouched for by the broker (its
     * certificate on the embedded one), the content by nobody.
     *
     * <p>Called on a broker thread: must return at once. Per device, messages come in the order
     * sent, and the next of a device may come before the stage of the one before is complete. The
     * number of incomplete stages is bounded; beyond it the link refuses messages visibly to their
     * sender or stops reading, so completing late is back-pressure.
     *
     * @param channel never {@link Topic.Channel#CMD}. A presence message may be the device's last
     *     will, and may come again, retained, after a reconnect of the hub
     * @param payload the receiver's own copy, within the packet limit
     * @return completes when the message was handled; exceptionally if it was refused, which a
     *     sender that asked for an acknowledgement may see
     */
    CompletionStage<Void> onDeviceMessage(String device, Topic.Channel channel, byte[] payload);

    /**
     * Says that messages can flow, for the first time or again after a loss. The broker may have
     * forgotten everything that it retained, so what is to be retained is published again.
     *
     * <p>Called on a broker thread: must return at once.
     */
    default void onConnected() {}
  }

  /**
   * What went one way.
   *
   * @param messages that were handled (from devices) or taken by the broker (to it), since the
   *     start
   * @param bytes of their payloads
   * @param refused messages that were refused, dropped or not taken, since the start
   * @param pendingMessages whose stage is not complete now
   * @param pendingBytes of their payloads
   */
  record Flow(long messages, long bytes, long refused, int pendingMessages, long pendingBytes) {
    /** Nothing went this way. */
    public static final Flow NONE = new Flow(0, 0, 0, 0, 0);
  }

  /**
   * How the link is.
   *
   * @param connected whether messages can flow now
   * @param clientsConnected clients of the embedded broker; -1 where the broker does not tell
   * @param in from devices to the hub
   * @param out from the hub to the broker
   */
  record Health(boolean connected, int clientsConnected, Flow in, Flow out) {}

  /**
   * Starts the link and delivers messages until {@link #close}.
   *
   * <p>Returns when the embedded broker accepts connections. An external broker that is not there
   * yet is no error: the link tries again until it is.
   *
   * @throws dev.drover.wire.DroverException {@code PORT_IN_USE}, {@code DEADLINE_EXCEEDED} or
   *     {@code INTERNAL} if the embedded broker does not start
   */
  void start(Listener listener);

  /**
   * Publishes a message.
   *
   * @param topic a full topic name under the tenant's prefix
   * @param payload not changed by the caller afterwards; an empty one with {@code retain} clears
   *     what the broker retains
   * @param qos 0 or 1
   * @return completes when the broker has taken it; exceptionally with a {@code DroverException}:
   *     {@code LIMIT_EXCEEDED} (payload too large), {@code RESOURCE_EXHAUSTED} (too many incomplete
   *     publishes: try again later) or {@code UNAVAILABLE} (no connection)
   */
  CompletionStage<Void> publish(String topic, byte[] payload, boolean retain, int qos);

  /** Removes what the broker retains on a topic; completes like {@link #publish}. */
  default CompletionStage<Void> clearRetained(String topic) {
    return publish(topic, new byte[0], true, 1);
  }

  /**
   * Cuts the live connection of a client, after its revocation; nothing happens where it has none.
   *
   * <p>On an external broker the hub takes the client's place, which closes its connection. That
   * broker learns of revocations from a revocation list (see {@code
   * docs/adr/0003-links-and-brokers.md}); the list is rewritten and the broker must reload it.
   *
   * @return completes when the client has lost its connection
   */
  CompletionStage<Void> disconnect(Identity identity);

  /** Returns how the link is now. */
  Health health();

  /** Stops; the embedded broker closes all connections. Waits at most some seconds. */
  @Override
  void close();
}
