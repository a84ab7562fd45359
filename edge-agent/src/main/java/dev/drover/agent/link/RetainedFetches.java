package dev.drover.agent.link;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches of retained messages: subscribe, take the first message of each topic, unsubscribe. For
 * the owner's thread. Several fetches may wait for one topic; it is unsubscribed after the last.
 */
final class RetainedFetches {
  private static final Logger log = LoggerFactory.getLogger(RetainedFetches.class);
  private static final int FETCHES_MAX = 64;
  private static final int TOPICS_PER_PACKET = 8;

  /** One fetch: what it still misses, what it has, and where the result goes. */
  static final class Fetch {
    private final Set<String> missing;
    private final Map<String, byte[]> found = new LinkedHashMap<>();
    private final CompletableFuture<Map<String, byte[]>> result;

    Fetch(Collection<String> topics, CompletableFuture<Map<String, byte[]>> result) {
      this.missing = new HashSet<>(topics);
      this.result = result;
    }
  }

  private final Executor owner;
  private final Map<String, Set<Fetch>> waiting = new HashMap<>();
  private @Nullable PahoSession session;

  /**
   * Makes an empty set.
   *
   * @param owner runs on the one thread that uses this object
   */
  RetainedFetches(Executor owner) {
    this.owner = owner;
  }

  /** Fetches on this connection from now on. */
  void open(PahoSession on) {
    session = on;
  }

  /** Fails all fetches. */
  void close(DroverException failure) {
    session = null;
    Set<Fetch> all = new HashSet<>();
    waiting.values().forEach(all::addAll);
    waiting.clear();
    all.forEach(fetch -> fetch.result.completeExceptionally(failure));
  }

  /** Starts a fetch; somebody must call {@link #finish} at its deadline. */
  void start(Fetch fetch) {
    PahoSession by = session;
    if (by == null) {
      fetch.result.completeExceptionally(
          new DroverException(ErrorCode.UNAVAILABLE, "There is no connection to the broker."));
      return;
    }
    if (waiting.values().stream().flatMap(Set::stream).distinct().count() >= FETCHES_MAX) {
      fetch.result.completeExceptionally(
          new DroverException(ErrorCode.RESOURCE_EXHAUSTED, "Too many fetches at once."));
      return;
    }
    for (String topic : fetch.missing) {
      waiting.computeIfAbsent(topic, t -> new HashSet<>()).add(fetch);
    }
    try {
      for (List<String> group : groups(List.copyOf(fetch.missing))) {
        by.subscribe(
            group, (codes, failure) -> owner.execute(() -> granted(fetch, codes, failure)));
      }
    } catch (MqttException e) {
      fail(fetch, ErrorCode.UNAVAILABLE, "The control link is lost.");
    }
  }

  /** Gives a message to those who wait for it. */
  void arrived(String topic, byte[] payload) {
    Set<Fetch> takers = waiting.remove(topic);
    if (takers == null) {
      return;
    }
    for (Fetch fetch : takers) {
      fetch.missing.remove(topic);
      fetch.found.put(topic, payload);
      if (fetch.missing.isEmpty()) {
        fetch.result.complete(fetch.found);
      }
    }
    unsubscribe(List.of(topic));
  }

  /** Ends a fetch with what it has. */
  void finish(Fetch fetch) {
    unsubscribe(remove(fetch));
    fetch.result.complete(fetch.found);
  }

  private void granted(Fetch fetch, int[] codes, @Nullable Throwable failure) {
    if (failure != null) {
      fail(fetch, ErrorCode.UNAVAILABLE, "The control link is lost.");
    } else if (PahoSession.isError(codes)) {
      fail(fetch, ErrorCode.PERMISSION_DENIED, "The broker refused the topic.");
    }
  }

  private void fail(Fetch fetch, ErrorCode code, String message) {
    unsubscribe(remove(fetch));
    fetch.result.completeExceptionally(new DroverException(code, message));
  }

  /** Forgets a fetch; returns topics that nobody waits for any more. */
  private List<String> remove(Fetch fetch) {
    List<String> free = new ArrayList<>();
    for (String topic : fetch.missing) {
      Set<Fetch> takers = waiting.get(topic);
      if (takers != null && takers.remove(fetch) && takers.isEmpty()) {
        waiting.remove(topic);
        free.add(topic);
      }
    }
    fetch.missing.clear();
    return free;
  }

  private void unsubscribe(List<String> free) {
    PahoSession by = session;
    if (by == null) {
      return;
    }
    try {
      for (List<String> group : groups(free)) {
        by.unsubscribe(group, (codes, failure) -> log.atTrace().log("unsubscribed"));
      }
    } catch (MqttException e) {
      log.atDebug().setCause(e).log("unsubscribe on a lost connection");
    }
  }

  private static List<List<String>> groups(List<String> topics) {
    List<List<String>> groups = new ArrayList<>();
    for (int from = 0; from < topics.size(); from += TOPICS_PER_PACKET) {
      groups.add(topics.subList(from, Math.min(topics.size(), from + TOPICS_PER_PACKET)));
    }
    return groups;
  }
}
