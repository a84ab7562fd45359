package dev.drover.hub.link;

import dev.drover.hub.core.BrokerLink;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Topic;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The bounded way of devices' messages into the hub: counts what is not handled yet, in messages
 * and in bytes, and refuses what goes beyond. Thread-safe.
 */
final class Inbound {
  private final BrokerLink.Listener listener;
  private final Waiting waiting;
  private final Duration deadline;

  /**
   * Makes the way to a listener.
   *
   * @param deadline after which a message counts as refused, so that a stage that never completes
   *     does not block the way for ever
   */
  Inbound(BrokerLink.Listener listener, int messagesMax, long bytesMax, Duration deadline) {
    this.listener = listener;
    this.waiting = new Waiting(messagesMax, bytesMax);
    this.deadline = deadline;
  }

  /**
   * Hands a message to the listener.
   *
   * @return completes when it is handled; exceptionally with a {@code DroverException} when the
   *     listener refused it, it took too long, or too many wait
   */
  CompletableFuture<Void> accept(String device, Topic.Channel channel, byte[] payload) {
    if (!waiting.enter(payload.length)) {
      return CompletableFuture.failedFuture(
          new DroverException(ErrorCode.RESOURCE_EXHAUSTED, "Too many messages wait in the hub."));
    }
    CompletableFuture<Void> handled = new CompletableFuture<>();
    try {
      listener
          .onDeviceMessage(device, channel, payload)
          .whenComplete(
              (done, failure) -> {
                if (failure == null) {
                  handled.complete(null);
                } else {
                  handled.completeExceptionally(failure);
                }
              });
    } catch (RuntimeException e) {
      handled.completeExceptionally(e);
    }
    return handled
        .orTimeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
        .handle(
            (done, failure) -> {
              waiting.leave(payload.length, failure == null);
              if (failure != null) {
                throw asDrover(failure);
              }
              return null;
            });
  }

  /** Counts a message that was refused before it came here. */
  void countRefused() {
    waiting.countRefused();
  }

  BrokerLink.Flow flow() {
    return waiting.flow();
  }

  private static DroverException asDrover(Throwable failure) {
    Throwable cause =
        failure instanceof java.util.concurrent.CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof DroverException known) {
      return known;
    }
    if (cause instanceof TimeoutException) {
      return new DroverException(ErrorCode.DEADLINE_EXCEEDED, "The hub did not handle it in time.");
    }
    return new DroverException(ErrorCode.INTERNAL, "The hub failed to handle a message.", cause);
  }
}
