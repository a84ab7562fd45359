package dev.drover.agent.link;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscribe;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscription;
import com.hivemq.client.mqtt.mqtt5.message.unsubscribe.Mqtt5Unsubscribe;
import dev.drover.agent.core.BulkLink;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One bulk link on the HiveMQ client. The listener is called on a thread of its own. */
final class HiveBulkLink implements BulkLink {
  private static final Logger log = LoggerFactory.getLogger(HiveBulkLink.class);
  private static final int CLOSE_SECONDS_MAX = 5;
  private static final int THREAD_IDLE_SECONDS = 2;

  private final Topics topics;
  private final Listener listener;
  private final ThreadPoolExecutor thread;
  private final Set<String> window = new HashSet<>();
  private final Map<Long, CompletableFuture<Void>> pending = new HashMap<>();
  private long requests;
  private @Nullable Mqtt5AsyncClient client;
  private boolean open;
  private boolean closed;

  HiveBulkLink(String tenant, Listener listener) {
    this.topics = new Topics(tenant);
    this.listener = listener;
    // Ends by itself when idle: the client still hands it tasks while it closes.
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            THREAD_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread made = new Thread(task, "bulk-link");
              made.setDaemon(true);
              return made;
            });
    thread.allowCoreThreadTimeOut(true);
  }

  synchronized void attach(Mqtt5AsyncClient made) {
    client = made;
    made.publishes(MqttGlobalPublishFilter.ALL, this::deliver, thread, true);
  }

  synchronized void opened() {
    open = true;
  }

  void onDisconnected() {
    synchronized (this) {
      if (!open || closed) {
        return;
      }
      closed = true;
    }
    failPending();
    thread.execute(listener::onLost);
  }

  @Override
  public int windowMax() {
    return Limits.CHUNK_WINDOW_MAX;
  }

  @Override
  public CompletionStage<Void> subscribe(Collection<String> sha256s) {
    List<Mqtt5Subscription> subscriptions =
        sha256s.stream()
            .distinct()
            .map(
                sha256 ->
                    Mqtt5Subscription.builder()
                        .topicFilter(topics.chunk(sha256))
                        .qos(MqttQos.AT_LEAST_ONCE)
                        .build())
            .toList();
    Mqtt5AsyncClient live;
    synchronized (this) {
      Set<String> next = new HashSet<>(window);
      next.addAll(sha256s);
      if (next.size() > Limits.CHUNK_WINDOW_MAX) {
        return failed(ErrorCode.LIMIT_EXCEEDED, "The window of chunks is full.");
      }
      window.addAll(sha256s);
      live = client;
    }
    if (subscriptions.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    if (live == null) {
      return failed(ErrorCode.UNAVAILABLE, "The bulk link is closed.");
    }
    return answer(
        live.subscribe(Mqtt5Subscribe.builder().addSubscriptions(subscriptions).build())
            .handle(
                (granted, failure) -> {
                  boolean refused =
                      failure == null
                          && granted.getReasonCodes().stream().anyMatch(code -> code.isError());
                  if (failure != null || refused) {
                    forget(sha256s);
                    throw problem(failure);
                  }
                  return null;
                }));
  }

  @Override
  public CompletionStage<Void> unsubscribe(Collection<String> sha256s) {
    Mqtt5AsyncClient live;
    List<String> known;
    synchronized (this) {
      known = Set.copyOf(sha256s).stream().filter(window::remove).map(topics::chunk).toList();
      live = client;
    }
    if (known.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    if (live == null) {
      return failed(ErrorCode.UNAVAILABLE, "The bulk link is closed.");
    }
    var builder = Mqtt5Unsubscribe.builder().topicFilter(known.get(0));
    for (String topic : known.subList(1, known.size())) {
      builder = builder.addTopicFilter(topic);
    }
    return answer(
        live.unsubscribe(builder.build())
            .handle(
                (done, failure) -> {
                  if (failure != null) {
                    throw problem(failure);
                  }
                  return null;
                }));
  }

  @Override
  public void close() {
    Mqtt5AsyncClient live;
    synchronized (this) {
      closed = true;
      live = client;
      client = null;
    }
    failPending();
    if (live == null || !live.getState().isConnectedOrReconnect()) {
      return;
    }
    try {
      live.disconnect().get(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.atDebug().setCause(e).log("bulk link closed while not connected");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Returns what completes with the answer or with the end of the link: the client itself would
   * keep a request for a connection that never comes.
   */
  private CompletableFuture<Void> answer(CompletableFuture<Void> answered) {
    CompletableFuture<Void> result = new CompletableFuture<>();
    long number;
    synchronized (this) {
      if (closed) {
        return failed(ErrorCode.UNAVAILABLE, "The bulk link is closed.");
      }
      number = ++requests;
      pending.put(number, result);
    }
    var unused =
        answered.whenComplete(
            (done, failure) -> {
              synchronized (this) {
                pending.remove(number);
              }
              if (failure == null) {
                result.complete(null);
              } else {
                result.completeExceptionally(
                    failure instanceof CompletionException ? failure.getCause() : failure);
              }
            });
    return result;
  }

  private void failPending() {
    List<CompletableFuture<Void>> failed;
    synchronized (this) {
      failed = List.copyOf(pending.values());
      pending.clear();
    }
    failed.forEach(
        each ->
            each.completeExceptionally(
                new DroverException(ErrorCode.UNAVAILABLE, "The bulk link is lost.")));
  }

  private void deliver(Mqtt5Publish publish) {
    try {
      Topic topic = Topics.parse(publish.getTopic().toString()).orElse(null);
      // An empty message only clears what was retained.
      if (topic instanceof Topic.OfChunk chunk && publish.getPayload().isPresent()) {
        listener.onChunk(chunk.sha256(), publish.getPayloadAsBytes());
      }
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("bulk link listener failed");
    } finally {
      publish.acknowledge();
    }
  }

  private synchronized void forget(Collection<String> sha256s) {
    window.removeAll(Set.copyOf(sha256s));
  }

  private static DroverException problem(@Nullable Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause == null || cause instanceof Mqtt5SubAckException
        ? new DroverException(ErrorCode.PERMISSION_DENIED, "The broker refused a chunk.", cause)
        : new DroverException(ErrorCode.UNAVAILABLE, "The bulk link is lost.", cause);
  }

  private static CompletableFuture<Void> failed(ErrorCode code, String message) {
    return CompletableFuture.failedFuture(new DroverException(code, message));
  }
}
