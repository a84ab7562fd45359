package dev.drover.deploy.sim;

import dev.drover.hub.core.BrokerLink;
import dev.drover.wire.Identity;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The hub's side of the simulated broker, of one process of the hub. */
final class SimHubLink implements BrokerLink {
  private final SimWorld world;
  private boolean closed;

  SimHubLink(SimWorld world) {
    this.world = world;
  }

  @Override
  public void start(Listener listener) {
    world.broker().hubConnected(listener);
  }

  @Override
  public CompletionStage<Void> publish(String topic, byte[] payload, boolean retain, int qos) {
    Topic parsed = Topics.parse(topic).orElseThrow();
    if (!closed) {
      if (parsed instanceof Topic.OfDevice to) {
        world.ledger().published(to.device(), payload);
      }
      world.broker().fromHub(parsed, topic, payload, retain);
    }
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletionStage<Void> disconnect(Identity identity) {
    world.broker().cut(identity.name());
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public Health health() {
    return new Health(!closed, world.broker().connections(), Flow.NONE, Flow.NONE);
  }

  @Override
  public void close() {
    closed = true;
  }
}
