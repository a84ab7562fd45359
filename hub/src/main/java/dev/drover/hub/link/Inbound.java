package dev.drover.hub.link;

import dev.drover.hub.core.BrokerLink;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Topic;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bounded way of devices' messages into the hub: counts what is not handled yet, in messages
 * and in bytes, and refuses what goes beyond. Thread-safe.
 */
final class Inbound {
  private final BrokerLink.Listener listener;
  private final int messagesMax;
  private final long bytesMax;
  private final Duration deadline;
  private final AtomicInteger pendingMessages = new AtomicInteger();
  private final AtomicLong pendingBytes = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();

  /**
   * Makes the way to a listener.
   *
   * @param deadline after which a message counts as refused, so that a stage that never completes
   *     does not block the way for ever
   */
  Inbound(BrokerLink.Listener listener, int messagesMax, long bytesMax, Duration deadline) {
    this.listener = listener;
    this.messagesMax = messagesMax;
    this.bytesMax = bytesMax;
    this.deadline = deadline;
  }

  /**
   * Hands a message to the listener.
   *
   * @return completes when it is handled; exceptionally with a {@code DroverException} when the
   *     listener refused it, it took too long, or too many wait
   */
  CompletableFuture<Void> accept(String device, Topic.Channel channel, byte[] payload) {
    int messages = pendingMessages.incrementAndGet();
    long bytes = pendingBytes.addAndGet(payload.length);
    if (messages > messagesMax || bytes > bytesMax) {
      release(payload.length);
      refused.incrementAndGet();
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
              release(payload.length);
              if (failure != null) {
                refused.incrementAndGet();
                throw asDrover(failure);
              }
              return null;
            });
  }

  /** Counts a message that was refused before it came here. */
  void countRefused() {
    refused.incrementAndGet();
  }

  int pending() {
    return pendingMessages.get();
  }

  long refused() {
    return refused.get();
  }

  private void release(int bytes) {
    pendingMessages.decrementAndGet();
    pendingBytes.addAndGet(-bytes);
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
