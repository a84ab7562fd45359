package dev.drover.agent.link;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.jspecify.annotations.Nullable;

/**
 * What the device publishes: a bounded queue, of which no more is in flight than the broker takes
 * (Paho fails beyond). For the owner's thread.
 */
final class PublishWindow {
  private static final int QUEUED_MAX = 100;

  /** One message on its way. */
  record Outgoing(String topic, byte[] payload, boolean retain, CompletableFuture<Void> done) {}

  private final Executor owner;
  private final ArrayDeque<Outgoing> queue = new ArrayDeque<>();
  private final Map<Long, CompletableFuture<Void>> inFlight = new HashMap<>();
  private long sent;
  private @Nullable PahoSession session;

  /**
   * Makes an empty window.
   *
   * @param owner runs on the one thread that uses this object
   */
  PublishWindow(Executor owner) {
    this.owner = owner;
  }

  /** Publishes on this connection from now on. */
  void open(PahoSession on) {
    session = on;
  }

  /** Fails everything that is not acknowledged. */
  void close(DroverException failure) {
    session = null;
    List<CompletableFuture<Void>> failed = new ArrayList<>(inFlight.values());
    queue.forEach(outgoing -> failed.add(outgoing.done()));
    inFlight.clear();
    queue.clear();
    failed.forEach(done -> done.completeExceptionally(failure));
  }

  void add(Outgoing outgoing) {
    if (session == null) {
      outgoing
          .done()
          .completeExceptionally(
              new DroverException(ErrorCode.UNAVAILABLE, "There is no connection to the broker."));
    } else if (queue.size() >= QUEUED_MAX) {
      outgoing
          .done()
          .completeExceptionally(
              new DroverException(
                  ErrorCode.RESOURCE_EXHAUSTED, "Too many messages wait for the broker."));
    } else {
      queue.add(outgoing);
      pump();
    }
  }

  private void pump() {
    while (session != null && inFlight.size() < Limits.IN_FLIGHT_MAX && !queue.isEmpty()) {
      Outgoing next = queue.remove();
      long number = ++sent;
      inFlight.put(number, next.done());
      try {
        session.publish(
            next.topic(),
            next.payload(),
            next.retain(),
            (codes, failure) -> owner.execute(() -> published(number, codes, failure)));
      } catch (MqttException e) {
        published(number, new int[0], e);
      }
    }
  }

  private void published(long number, int[] codes, @Nullable Throwable failure) {
    CompletableFuture<Void> done = inFlight.remove(number);
    if (done == null) {
      return;
    }
    if (failure != null) {
      done.completeExceptionally(
          new DroverException(ErrorCode.UNAVAILABLE, "The broker did not answer.", failure));
    } else if (PahoSession.isError(codes)) {
      done.completeExceptionally(refused(codes[0]));
    } else {
      done.complete(null);
    }
    pump();
  }

  /** Reason codes of a PUBACK, MQTT 5.0 section 3.4.2.1. */
  private static DroverException refused(int code) {
    return switch (code) {
      case 0x87 ->
          new DroverException(ErrorCode.PERMISSION_DENIED, "The broker refused the message.");
      case 0x97 -> new DroverException(ErrorCode.RESOURCE_EXHAUSTED, "The hub is busy.");
      case 0x99 -> new DroverException(ErrorCode.MESSAGE_MALFORMED, "The hub refused the message.");
      default -> new DroverException(ErrorCode.UNAVAILABLE, "The broker did not take the message.");
    };
  }
}
