package dev.drover.agent.exchange;

import dev.drover.agent.core.BulkLink;
import dev.drover.agent.core.ControlLink;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Topic;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The links of a device that is not enrolled: never up, and everything is {@code UNAVAILABLE}. */
public final class OfflineLinks implements ControlLink, BulkLink.Opener {
  @Override
  public void start(ControlLink.Listener listener) {
    // It never comes up, so there is nothing to tell.
  }

  @Override
  public boolean connected() {
    return false;
  }

  @Override
  public Optional<String> trouble() {
    return Optional.empty();
  }

  @Override
  public CompletionStage<Void> publish(Topic.Channel channel, byte[] payload) {
    return unavailable();
  }

  @Override
  public CompletionStage<Map<String, byte[]>> fetchRetained(
      Collection<String> topics, Duration deadline) {
    return unavailable();
  }

  @Override
  public CompletionStage<BulkLink> open(BulkLink.Listener listener) {
    return unavailable();
  }

  @Override
  public void reconnect() {
    // There is nothing to reconnect to.
  }

  @Override
  public void close() {
    // Nothing was opened.
  }

  private static <T> CompletionStage<T> unavailable() {
    return CompletableFuture.failedFuture(
        new DroverException(ErrorCode.UNAVAILABLE, "The device is not enrolled with a hub."));
  }
}
