package dev.drover.hub.repo;

import dev.drover.hub.core.BrokerLink;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A broker's retained messages, and what was published, in order, a minus before what was cleared.
 */
final class QuietLink implements BrokerLink {
  final Map<String, byte[]> retained = new TreeMap<>();
  final List<String> published = new ArrayList<>();
  final List<CompletableFuture<Void>> held = new ArrayList<>();
  boolean holding;
  boolean failing;

  @Override
  public void start(Listener listener) {}

  @Override
  public CompletionStage<Void> publish(String topic, byte[] payload, boolean retain, int qos) {
    if (failing) {
      return CompletableFuture.failedFuture(
          new DroverException(ErrorCode.UNAVAILABLE, "The broker is away."));
    }
    if (payload.length == 0) {
      published.add("-" + topic);
      retained.remove(topic);
    } else {
      published.add(topic);
      retained.put(topic, payload);
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (holding) {
      held.add(done);
    } else {
      done.complete(null);
    }
    return done;
  }

  @Override
  public CompletionStage<Void> disconnect(Identity identity) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public Health health() {
    return new Health(!failing, 0, Flow.NONE, Flow.NONE);
  }

  @Override
  public void close() {}
}
