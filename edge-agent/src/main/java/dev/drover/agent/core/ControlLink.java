package dev.drover.agent.core;

import dev.drover.wire.Topic;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * A device's always-on link to the broker: commands down, reports up.
 *
 * <p>The link connects, and connects again after a loss, by itself and for ever, with jitter. The
 * broker is not trusted and remembers nothing: a completed publish proves nothing, what matters is
 * resent until a receipt comes. All methods may be called from any thread and return at once,
 * except {@link #close}.
 */
public interface ControlLink extends AutoCloseable {
  /** What the device does with what the link tells; all calls come from one thread, in order. */
  interface Listener {
    /**
     * Takes a command as received: unchecked, within the packet limit. May take its time; then
     * further commands wait, first here in a bounded queue and then at the broker.
     */
    void onCommand(byte[] payload);

    /**
     * Learns that the link is up (subscribed to its commands, so it can publish and be reached) or
     * lost. Alternates and starts with up.
     */
    void onConnected(boolean connected);

    /**
     * Learns that the broker's certificate fails by nothing but its dates, so that the device's
     * clock may be wrong. The link does not come up; it carries one request for the time, and what
     * comes goes to {@link #onTime}.
     *
     * @return the request, to be published on {@link Topic.Channel#EVT}
     */
    byte[] onClockDoubted();

    /**
     * Takes a command over a link that is not up.
     *
     * @return whether it set the clock, so that the link should connect again
     */
    boolean onTime(byte[] payload);
  }

  /**
   * Starts connecting and returns at once; called once.
   *
   * <p>A broker that is not there, or refuses, is no error: it is tried again.
   */
  void start(Listener listener);

  /** Returns whether the link is up now. */
  boolean connected();

  /** Returns why the last try to connect failed, for a person; empty while the link is up. */
  Optional<String> trouble();

  /**
   * Publishes a message of this device, with QoS 1; retained on {@link Topic.Channel#PRESENCE}.
   *
   * @param channel not {@link Topic.Channel#CMD}
   * @param payload not changed by the caller afterwards
   * @return completes when the broker has acknowledged it; exceptionally with a {@code
   *     DroverException}: {@code UNAVAILABLE} (no connection, or lost before the acknowledgement:
   *     it may have arrived), {@code RESOURCE_EXHAUSTED} (too many incomplete ones, or the hub is
   *     busy: try again later), {@code LIMIT_EXCEEDED} or {@code PERMISSION_DENIED}
   */
  CompletionStage<Void> publish(Topic.Channel channel, byte[] payload);

  /**
   * Fetches what the broker retains on topics of the repository: subscribes, takes the first
   * message of each, unsubscribes.
   *
   * @param topics exact names of metadata topics
   * @param deadline after which the stage completes with what has arrived by then: MQTT cannot say
   *     that a topic holds nothing
   * @return payloads by topic, as received; exceptionally with {@code UNAVAILABLE}
   */
  CompletionStage<Map<String, byte[]>> fetchRetained(Collection<String> topics, Duration deadline);

  /** Connects again with the certificate that its source gives now, after a renewal. */
  void reconnect();

  /**
   * Disconnects. A connected broker does not send the last will then; publish an offline presence
   * first. Waits at most some seconds.
   */
  @Override
  void close();
}
