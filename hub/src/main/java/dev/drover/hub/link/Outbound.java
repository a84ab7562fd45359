package dev.drover.hub.link;

import dev.drover.hub.core.BrokerLink;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Bounds what the hub publishes and the broker has not taken yet. Thread-safe. */
final class Outbound {
  private final String prefix;
  private final Waiting waiting;

  /**
   * Makes the bound.
   *
   * @param prefix of every topic that may be published
   */
  Outbound(String prefix, int messagesMax, long bytesMax) {
    this.prefix = prefix;
    this.waiting = new Waiting(messagesMax, bytesMax);
  }

  /** Sends within the bound; completes as {@link dev.drover.hub.core.BrokerLink#publish} says. */
  CompletionStage<Void> send(
      String topic, int payloadBytes, int qos, Supplier<CompletableFuture<?>> sender) {
    if (!topic.startsWith(prefix) || topic.indexOf('+') >= 0 || topic.indexOf('#') >= 0) {
      return failed(ErrorCode.INVALID_ARGUMENT, "The topic is not one of this tenant's.");
    }
    if (qos < 0 || qos > 1) {
      return failed(ErrorCode.INVALID_ARGUMENT, "The quality of service must be 0 or 1.");
    }
    if (payloadBytes > Limits.PACKET_BYTES_MAX - topic.length() - PacketOverhead.BYTES_MAX) {
      return failed(ErrorCode.LIMIT_EXCEEDED, "The message does not fit into a packet.");
    }
    if (!waiting.enter(payloadBytes)) {
      return failed(ErrorCode.RESOURCE_EXHAUSTED, "Too many messages wait for the broker.");
    }
    try {
      return sender
          .get()
          .handle(
              (done, failure) -> {
                waiting.leave(payloadBytes, failure == null);
                if (failure != null) {
                  throw unavailable(failure);
                }
                return null;
              });
    } catch (RuntimeException e) {
      waiting.leave(payloadBytes, false);
      return CompletableFuture.failedFuture(unavailable(e));
    }
  }

  BrokerLink.Flow flow() {
    return waiting.flow();
  }

  static CompletableFuture<Void> failed(ErrorCode code, String message) {
    return CompletableFuture.failedFuture(new DroverException(code, message));
  }

  private static DroverException unavailable(Throwable cause) {
    if (cause instanceof DroverException known) {
      return known;
    }
    return new DroverException(ErrorCode.UNAVAILABLE, "The broker did not take it.", cause);
  }

  /** What a PUBLISH packet holds beside topic and payload. */
  private static final class PacketOverhead {
    /** Fixed header 5, topic length 2, packet id 2, property length and properties we may use. */
    static final int BYTES_MAX = 64;

    private PacketOverhead() {}
  }
}
