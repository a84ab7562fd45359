package dev.drover.deploy.sim;

import dev.drover.agent.core.ControlLink;
import dev.drover.v1.CommandMark;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Topic;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The control link of one process of an agent, to the simulated broker. */
final class SimDeviceLink implements ControlLink {
  private static final long RETRY_MS_MIN = 200;
  private static final long RETRY_MS_MAX = 8_000;

  /** The broker's certificate is good for this long before and after the world begins. */
  private static final long CERTIFICATE_MS = 366L * 24 * 3600 * 1000;

  private final SimAgent node;
  private final Supplier<byte[]> lastWill;
  private final LongSupplier trustedMs;
  private @Nullable Listener listener;
  private byte[] will = {};
  private boolean connected;
  private boolean doubting;
  private boolean closed;

  /**
   * Makes a link that is not started.
   *
   * @param trustedMs the best time that the device knows, by which it judges certificates
   */
  SimDeviceLink(SimAgent node, Supplier<byte[]> lastWill, LongSupplier trustedMs) {
    this.node = node;
    this.lastWill = lastWill;
    this.trustedMs = trustedMs;
  }

  String device() {
    return node.name;
  }

  byte[] will() {
    return will;
  }

  @Override
  public void start(Listener to) {
    listener = to;
    retry();
  }

  private void retry() {
    node.later(RETRY_MS_MIN + node.random.nextLong(RETRY_MS_MAX), this::connect);
  }

  private void connect() {
    if (connected || closed) {
      return;
    }
    if (!node.world.broker().reaches(device())) {
      retry();
      return;
    }
    node.world.broker().connected(this);
    long offMs = trustedMs.getAsLong() - SimWorld.BEGIN_MS;
    if (Math.abs(offMs) > CERTIFICATE_MS) {
      doubt();
      return;
    }
    doubting = false;
    will = lastWill.get();
    connected = true;
    node.world.trace().line("%s connects", device());
    if (listener != null) {
      listener.onConnected(true);
    }
  }

  /** The broker's certificate fails by its dates: the link may carry a question for the time. */
  private void doubt() {
    node.world.trace().line("%s doubts its clock", device());
    doubting = true;
    if (listener != null) {
      boolean unused =
          node.world.broker().fromDevice(device(), Topic.Channel.EVT, listener.onClockDoubted());
    }
    node.later(20_000, this::giveUpDoubt);
  }

  private void giveUpDoubt() {
    if (doubting) {
      doubting = false;
      node.world.broker().gone(this);
      retry();
    }
  }

  /** Does something as soon as the device's process does not stand still. */
  void whenAwake(Runnable task) {
    node.whenAwake(task);
  }

  /** Takes a message for this device. */
  void arrived(byte[] payload) {
    node.guard(
        () -> {
          Listener to = listener;
          if (to == null || closed) {
            return;
          }
          if (doubting) {
            if (to.onTime(payload)) {
              giveUpDoubt();
            }
          } else if (connected) {
            byte[] taken = node.world.variant().arrives(device(), payload);
            CommandMark before = node.mark();
            to.onCommand(taken);
            node.world.ledger().taken(node, before, taken);
          }
        });
  }

  /** Loses the connection, from outside. */
  void lost() {
    boolean was = connected;
    connected = false;
    doubting = false;
    node.whenAwake(
        () ->
            node.guard(
                () -> {
                  if (was && listener != null) {
                    listener.onConnected(false);
                  }
                  retry();
                }));
  }

  @Override
  public boolean connected() {
    return connected && !closed;
  }

  @Override
  public Optional<String> trouble() {
    return Optional.empty();
  }

  @Override
  public CompletionStage<Void> publish(Topic.Channel channel, byte[] payload) {
    boolean can = connected && !closed;
    if (can && channel == Topic.Channel.EVT) {
      node.world.ledger().words().said(device(), payload);
    }
    if (can && channel == Topic.Channel.AUDIT && node.world.faults().roll(Fault.FALSE_RECORD)) {
      FalseRecords.of(node, payload)
          .ifPresent(
              other -> {
                node.world.ledger().contradicted(device());
                boolean unused = node.world.broker().fromDevice(device(), channel, other);
              });
    }
    boolean taken = can && node.world.broker().fromDevice(device(), channel, payload);
    return taken
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(
            new DroverException(ErrorCode.UNAVAILABLE, "There is no connection."));
  }

  @Override
  public CompletionStage<Map<String, byte[]>> fetchRetained(
      Collection<String> topics, Duration deadline) {
    Map<String, byte[]> found = new HashMap<>();
    for (String topic : topics) {
      byte[] payload = connected ? node.world.broker().retained(device(), topic) : null;
      if (payload != null) {
        found.put(topic, payload);
      }
    }
    return CompletableFuture.completedFuture(found);
  }

  @Override
  public void reconnect() {
    node.world.broker().gone(this);
    lost();
  }

  @Override
  public void close() {
    closed = true;
    connected = false;
  }
}
