package dev.drover.hub.fleet;

import dev.drover.hub.core.BrokerLink;
import dev.drover.wire.Identity;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A broker and a network that lose, repeat and reorder, from a seed. Nothing is delivered but in
 * {@link #deliverOne}.
 */
final class SimLink implements BrokerLink {
  /** Takes what the hub publishes. */
  interface Peer {
    void onCommand(String device, byte[] payload);
  }

  private record Message(boolean down, String device, Topic.Channel channel, byte[] payload) {}

  final List<Identity> cut = new ArrayList<>();
  private final List<Message> onTheWay = new ArrayList<>();
  private final RandomGenerator random;
  private final double faults;
  private final Peer peer;
  private @Nullable Listener listener;
  private boolean quiet;

  SimLink(RandomGenerator random, double faults, Peer peer) {
    this.random = random;
    this.faults = faults;
    this.peer = peer;
  }

  /** Stops to lose and repeat. */
  void calm() {
    quiet = true;
  }

  /** Forgets what is on its way and who listens, as when the broker's process ends. */
  void lose() {
    onTheWay.clear();
    listener = null;
  }

  @Override
  public void start(Listener to) {
    listener = to;
  }

  @Override
  public CompletionStage<Void> publish(String topic, byte[] payload, boolean retain, int qos) {
    if (Topics.parse(topic).orElseThrow() instanceof Topic.OfDevice to) {
      put(new Message(true, to.device(), to.channel(), payload));
    }
    return CompletableFuture.completedFuture(null);
  }

  /** Sends what a device publishes. */
  void send(String device, Topic.Channel channel, byte[] payload) {
    put(new Message(false, device, channel, payload));
  }

  private void put(Message message) {
    if (!quiet && random.nextDouble() < faults) {
      return;
    }
    onTheWay.add(message);
    if (!quiet && random.nextDouble() < faults) {
      onTheWay.add(message);
    }
  }

  /** Delivers a message, any of them while there are faults; returns false where there is none. */
  boolean deliverOne() {
    if (onTheWay.isEmpty()) {
      return false;
    }
    boolean any = !quiet && faults > 0;
    Message message = onTheWay.remove(any ? random.nextInt(onTheWay.size()) : 0);
    if (message.down()) {
      peer.onCommand(message.device(), message.payload());
      return true;
    }
    Listener to = listener;
    if (to != null) {
      to.onDeviceMessage(message.device(), message.channel(), message.payload());
    }
    return true;
  }

  @Override
  public CompletionStage<Void> disconnect(Identity identity) {
    cut.add(identity);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public Health health() {
    return new Health(true, 0, Flow.NONE, Flow.NONE);
  }

  @Override
  public void close() {
    listener = null;
  }
}
