package dev.drover.agent.link;

import dev.drover.agent.core.ControlLink;
import dev.drover.wire.Acl;
import dev.drover.wire.Backoff;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import dev.drover.wire.Limits;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control link on Eclipse Paho (MQTT 5).
 *
 * <p>One thread of its own owns all state; Paho's callbacks and the port's methods only hand over
 * to it. Another calls the listener, and a third, short-lived, waits for Paho to let go of a lost
 * connection, because that may take Paho a while.
 */
public final class PahoControlLink implements ControlLink {
  private static final Logger log = LoggerFactory.getLogger(PahoControlLink.class);
  private static final int FETCH_TOPICS_MAX = 64;
  private static final int CLOSE_SECONDS_MAX = 5;
  private static final int HEADER_BYTES_MAX = 1024;

  private final LinkConfig config;
  private final Topics topics;
  private final Identity identity;
  private final Supplier<byte[]> will;
  private final LongSupplier nanoTime;
  private final Backoff backoff;
  private final ScheduledExecutorService owner =
      Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "control-link"));
  private final CommandQueue commands = new CommandQueue();
  private final PublishWindow publishes = new PublishWindow(this::onOwner);
  private final RetainedFetches fetches = new RetainedFetches(this::onOwner);
  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  private volatile boolean connected;
  private volatile @Nullable String trouble;
  private boolean closing;
  private boolean complained;
  private @Nullable PahoSession session;
  private @Nullable ScheduledFuture<?> timer;
  private long connectedSince;
  private int attempts;

  /**
   * Makes a link that is not started.
   *
   * @param will the presence message that the broker publishes when the device is lost; asked at
   *     each connection, at most 1,024 bytes
   * @param nanoTime monotonic time in nanoseconds
   * @param random for the jitter of reconnects
   */
  public PahoControlLink(
      LinkConfig config, Supplier<byte[]> will, LongSupplier nanoTime, RandomGenerator random) {
    this.config = config;
    this.topics = new Topics(config.tenant());
    this.identity = Identity.device(config.tenant(), config.device());
    this.will = will;
    this.nanoTime = nanoTime;
    this.backoff = new Backoff(config.timing().retryFirst(), config.timing().retryMax(), random);
  }

  @Override
  public void start(Listener listener) {
    commands.start(listener);
    onOwner(this::connectNow);
  }

  @Override
  public boolean connected() {
    return connected;
  }

  @Override
  public Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  @Override
  public CompletionStage<Void> publish(Topic.Channel channel, byte[] payload) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (channel == Topic.Channel.CMD) {
      done.completeExceptionally(failure(ErrorCode.INVALID_ARGUMENT, "Devices send no commands."));
    } else if (payload.length > Limits.PACKET_BYTES_MAX - HEADER_BYTES_MAX) {
      done.completeExceptionally(failure(ErrorCode.LIMIT_EXCEEDED, "The message is too large."));
    } else {
      PublishWindow.Outgoing outgoing =
          new PublishWindow.Outgoing(
              topics.device(config.device(), channel),
              payload,
              channel == Topic.Channel.PRESENCE,
              done);
      onOwner(done, () -> publishes.add(outgoing));
    }
    return done;
  }

  @Override
  public CompletionStage<Map<String, byte[]>> fetchRetained(
      Collection<String> names, Duration deadline) {
    CompletableFuture<Map<String, byte[]>> result = new CompletableFuture<>();
    List<String> wanted = List.copyOf(new HashSet<>(names));
    boolean allowed =
        wanted.stream()
            .allMatch(
                name ->
                    Acl.maySubscribe(identity, name) && !name.equals(topics.cmd(config.device())));
    if (!allowed) {
      result.completeExceptionally(
          failure(ErrorCode.INVALID_ARGUMENT, "Only metadata topics can be fetched."));
    } else if (wanted.size() > FETCH_TOPICS_MAX) {
      result.completeExceptionally(
          failure(ErrorCode.LIMIT_EXCEEDED, "At most 64 topics can be fetched at once."));
    } else if (wanted.isEmpty()) {
      result.complete(Map.of());
    } else {
      RetainedFetches.Fetch fetch = new RetainedFetches.Fetch(wanted, result);
      onOwner(
          result,
          () -> {
            fetches.start(fetch);
            var unused =
                owner.schedule(
                    () -> fetches.finish(fetch), deadline.toMillis(), TimeUnit.MILLISECONDS);
          });
    }
    return result;
  }

  @Override
  public void reconnect() {
    onOwner(
        () -> {
          if (!closing) {
            dropSession("reconnect", true);
            connectNow();
          }
        });
  }

  @Override
  public void close() {
    onOwner(
        () -> {
          closing = true;
          dropSession("closed", true);
          closed.complete(null);
        });
    try {
      closed.get(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      log.atWarn().setCause(e).log("control link does not close");
    }
    owner.shutdownNow();
    commands.close();
  }

  // Everything below runs on the owner's thread.

  private void connectNow() {
    cancelTimer();
    if (closing || session != null) {
      return;
    }
    HostPort broker = broker();
    SessionEvents events = new SessionEvents();
    try {
      PahoSession opened = new PahoSession(config, broker, will.get(), events);
      events.of = opened;
      session = opened;
      opened.connect(events);
    } catch (MqttException | RuntimeException e) {
      lost(events.of, e);
      return;
    }
    timer =
        owner.schedule(
            () -> lost(session, new SocketTimeoutException("no answer in time")),
            config.timing().connect().toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private void answered(PahoSession by) {
    if (by != session) {
      return;
    }
    try {
      by.subscribe(
          List.of(topics.cmd(config.device())),
          (codes, failure) ->
              onOwner(
                  () -> {
                    if (failure != null || PahoSession.isError(codes)) {
                      lost(by, failure);
                    } else if (by.timeDoubt() != null) {
                      askTime(by);
                    } else {
                      up(by);
                    }
                  }));
    } catch (MqttException e) {
      lost(by, e);
    }
  }

  /** Sends the one message that a connection in doubt may carry; the time to connect still runs. */
  private void askTime(PahoSession by) {
    log.atWarn()
        .addKeyValue("code", ErrorCode.CLOCK_UNTRUSTED)
        .addKeyValue("reason", LinkTrouble.brief(by.timeDoubt()))
        .log("the broker's certificate or the clock is out of date; asks for the time");
    String topic = topics.device(config.device(), Topic.Channel.EVT);
    commands.doubted(request -> onOwner(() -> by.ask(topic, request)));
  }

  private void timeSet(PahoSession by) {
    if (by == session && !closing) {
      dropSession("to be made again", true);
      connectNow();
    }
  }

  private void up(PahoSession by) {
    if (by != session || connected) {
      return;
    }
    cancelTimer();
    publishes.open(by);
    fetches.open(by);
    connected = true;
    trouble = null;
    complained = false;
    connectedSince = nanoTime.getAsLong();
    log.atInfo().log("control link up");
    commands.connected(true);
  }

  private void lost(@Nullable PahoSession of, @Nullable Throwable cause) {
    if (of != session || closing) {
      return;
    }
    if (connected) {
      backoff.lasted(Duration.ofNanos(nanoTime.getAsLong() - connectedSince));
    }
    Duration wait = backoff.next();
    (complained ? log.atDebug() : log.atWarn())
        .addKeyValue("cause", LinkTrouble.brief(cause))
        .addKeyValue("retryInMs", wait.toMillis())
        .log("control link lost");
    complained = true;
    @Nullable Throwable doubt = of == null ? null : of.timeDoubt();
    trouble = LinkTrouble.words(broker(), doubt == null ? cause : doubt);
    attempts++;
    dropSession("lost", false);
    timer = owner.schedule(this::connectNow, wait.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Returns the broker whose turn it is. */
  private HostPort broker() {
    return config.brokers().get(Math.floorMod(attempts, config.brokers().size()));
  }

  /** Forgets the session and fails what depends on it. */
  private void dropSession(String why, boolean politely) {
    cancelTimer();
    PahoSession old = session;
    session = null;
    boolean was = connected;
    connected = false;
    DroverException failure = failure(ErrorCode.UNAVAILABLE, "The control link is " + why + ".");
    publishes.close(failure);
    fetches.close(failure);
    if (was) {
      commands.connected(false);
    }
    if (old == null) {
      return;
    }
    if (politely && was) {
      old.disconnect();
    } else {
      daemon(old::abandon, "control-link-closer").start();
    }
  }

  private void arrived(PahoSession by, String topic, MqttMessage message) {
    if (by != session) {
      return;
    }
    if (by.timeDoubt() != null) {
      by.acknowledge(message);
      commands.time(message.getPayload(), () -> onOwner(() -> timeSet(by)));
      return;
    }
    if (topic.equals(topics.cmd(config.device()))) {
      if (!commands.offer(message.getPayload(), () -> by.acknowledge(message))) {
        lost(by, new IOException("the broker sends more than it may"));
      }
      return;
    }
    by.acknowledge(message);
    if (message.getPayload().length > 0) {
      fetches.arrived(topic, message.getPayload());
    }
  }

  private void onOwner(CompletableFuture<?> result, Runnable task) {
    if (!onOwner(task)) {
      result.completeExceptionally(failure(ErrorCode.UNAVAILABLE, "The control link is closed."));
    }
  }

  /** Runs a task on the owner's thread; returns false after the close. */
  private boolean onOwner(Runnable task) {
    try {
      owner.execute(task);
      return true;
    } catch (RejectedExecutionException closedMeanwhile) {
      return false;
    }
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  private static DroverException failure(ErrorCode code, String message) {
    return new DroverException(code, message);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Hands what Paho's threads tell to the owner's. */
  private final class SessionEvents implements PahoSession.Events {
    private volatile @Nullable PahoSession of;

    @Override
    public void onConnected() {
      hand(by -> answered(by));
    }

    @Override
    public void onLost(@Nullable Throwable cause) {
      hand(by -> lost(by, cause));
    }

    @Override
    public void onMessage(String topic, MqttMessage message) {
      hand(by -> arrived(by, topic, message));
    }

    private void hand(Consumer<PahoSession> task) {
      PahoSession by = of;
      if (by == null) {
        return;
      }
      onOwner(() -> task.accept(by));
    }
  }
}
