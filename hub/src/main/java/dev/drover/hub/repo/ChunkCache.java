package dev.drover.hub.repo;

import dev.drover.crypto.Sha256;
import dev.drover.hub.core.BrokerLink;
import dev.drover.wire.Topics;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes wanted chunks, retained, within a byte budget; the least recently wanted go first.
 *
 * <p>Equal wants within a moment are one publish. A chunk that the broker should still hold is
 * published again when it is wanted after that moment: the broker may have forgotten it. Wants
 * beyond the queue are dropped and counted; devices ask again. Thread-safe.
 */
public final class ChunkCache {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkCache.class);
  private static final int IN_FLIGHT_MAX = 8;
  private static final int QUEUE_MAX = 4096;
  private static final Duration MOMENT = Duration.ofSeconds(1);

  private record Held(int bytes, long publishedMs) {}

  private final ChunkStore store;
  private final BrokerLink broker;
  private final Topics topics;
  private final long budgetBytes;
  private final Executor executor;
  private final LongSupplier monotonicMs;
  private final Map<Sha256, Held> held = new LinkedHashMap<>(64, 0.75f, true);
  private final Set<Sha256> queue = new LinkedHashSet<>();
  private long heldBytes;
  private int inFlight;
  private long hits;
  private long published;
  private long publishedBytes;
  private long dropped;
  private long unknown;

  /**
   * Makes an empty cache.
   *
   * @param budgetBytes most bytes that the broker is to retain
   * @param executor reads chunks and publishes; not an event loop
   * @param monotonicMs milliseconds of a clock that never falls
   */
  public ChunkCache(
      ChunkStore store,
      BrokerLink broker,
      Topics topics,
      long budgetBytes,
      Executor executor,
      LongSupplier monotonicMs) {
    this.store = store;
    this.broker = broker;
    this.topics = topics;
    this.budgetBytes = budgetBytes;
    this.executor = executor;
    this.monotonicMs = monotonicMs;
  }

  /**
   * What the cache has done since the start.
   *
   * @param hits wants of a chunk that was on the broker or on its way there
   * @param published wants that published a chunk
   * @param publishedBytes of these
   * @param heldBytes that the broker should retain now
   * @param dropped wants beyond the queue, and publishes that the broker did not take
   * @param unknown wants of chunks that were never uploaded
   */
  public record Statistics(
      long hits, long published, long publishedBytes, long heldBytes, long dropped, long unknown) {}

  /** Asks for a chunk to be on the broker soon. Returns at once. */
  public void want(Sha256 sha256) {
    synchronized (this) {
      Held now = held.get(sha256);
      if (now != null && monotonicMs.getAsLong() - now.publishedMs < MOMENT.toMillis()) {
        hits++;
        return;
      }
      if (queue.size() >= QUEUE_MAX) {
        dropped++;
        return;
      }
      hits += queue.add(sha256) ? 0 : 1;
    }
    pump();
  }

  /**
   * Takes it that the broker may have forgotten its chunks: the next want of each publishes it
   * again. All of them still count within the budget, because the broker may hold them as well.
   */
  public synchronized void doubt() {
    long longAgo = monotonicMs.getAsLong() - MOMENT.toMillis();
    held.replaceAll((sha256, was) -> new Held(was.bytes, longAgo));
  }

  /** Returns what has been done so far. */
  public synchronized Statistics statistics() {
    return new Statistics(hits, published, publishedBytes, heldBytes, dropped, unknown);
  }

  private void pump() {
    while (true) {
      Sha256 next;
      synchronized (this) {
        if (inFlight >= IN_FLIGHT_MAX || queue.isEmpty()) {
          return;
        }
        Iterator<Sha256> first = queue.iterator();
        next = first.next();
        first.remove();
        inFlight++;
      }
      executor.execute(() -> publish(next));
    }
  }

  private void publish(Sha256 sha256) {
    Optional<byte[]> chunk = store.get(sha256);
    if (chunk.isEmpty()) {
      synchronized (this) {
        unknown++;
        inFlight--;
      }
      pump();
      return;
    }
    byte[] bytes = chunk.get();
    evictFor(sha256, bytes.length);
    broker
        .publish(topics.chunk(sha256.hex()), bytes, true, 1)
        .whenComplete((done, failure) -> published(sha256, bytes.length, failure));
  }

  private void published(Sha256 sha256, int bytes, @Nullable Throwable failure) {
    synchronized (this) {
      inFlight--;
      if (failure == null) {
        published++;
        publishedBytes += bytes;
        Held before = held.put(sha256, new Held(bytes, monotonicMs.getAsLong()));
        heldBytes += before == null ? bytes : 0;
      } else {
        dropped++;
        LOG.atDebug().setCause(failure).log("A chunk was not published; devices ask again");
      }
    }
    pump();
  }

  private void evictFor(Sha256 wanted, int bytes) {
    Set<Sha256> evicted = new LinkedHashSet<>();
    synchronized (this) {
      // One that should be there already takes no more room when it is published again.
      int more = held.containsKey(wanted) ? 0 : bytes;
      Iterator<Map.Entry<Sha256, Held>> oldest = held.entrySet().iterator();
      while (heldBytes + more > budgetBytes && oldest.hasNext()) {
        Map.Entry<Sha256, Held> entry = oldest.next();
        if (!entry.getKey().equals(wanted)) {
          heldBytes -= entry.getValue().bytes;
          evicted.add(entry.getKey());
          oldest.remove();
        }
      }
    }
    for (Sha256 sha256 : evicted) {
      broker
          .clearRetained(topics.chunk(sha256.hex()))
          .exceptionally(
              failure -> {
                LOG.atDebug().setCause(failure).log("A retained chunk was not cleared");
                return null;
              });
    }
  }
}
