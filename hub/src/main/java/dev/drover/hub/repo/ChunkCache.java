package dev.drover.hub.repo;

import dev.drover.crypto.Sha256;
import dev.drover.hub.core.BrokerLink;
import dev.drover.wire.DroverException;
import dev.drover.wire.Topics;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes wanted chunks, retained, within a byte budget; the least recently wanted go first.
 *
 * <p>Equal wants within a moment are one publish. A chunk that the broker should still hold is
 * published again when a device that looked for it there wants it after that moment: the broker may
 * have forgotten it. A want ahead of looking only makes sure that it was published. Wants beyond
 * the queue are dropped and counted; devices ask again. Thread-safe.
 */
public final class ChunkCache {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkCache.class);
  private static final int IN_FLIGHT_MAX = 8;
  private static final int QUEUE_MAX = 4096;
  private static final Duration MOMENT = Duration.ofSeconds(1);

  /** What the broker should hold; doubted where it may have forgotten. */
  private record Held(int bytes, long publishedMs, boolean doubted) {}

  private final ChunkStore store;
  private final Function<Sha256, List<String>> releasesOf;
  private final BrokerLink broker;
  private final Topics topics;
  private final long budgetBytes;
  private final Executor executor;
  private final LongSupplier monotonicMs;
  private final Map<Sha256, Held> held = new LinkedHashMap<>(64, 0.75f, true);
  private final Set<Sha256> queue = new LinkedHashSet<>();
  private final Set<Sha256> publishing = new HashSet<>();
  private long heldBytes;
  private long hits;
  private long published;
  private long publishedBytes;
  private long dropped;
  private long unknown;

  /**
   * Makes an empty cache.
   *
   * @param releasesOf names the releases that a damaged chunk is part of
   * @param budgetBytes most bytes that the broker is to retain
   * @param executor reads chunks and publishes; not an event loop
   * @param monotonicMs milliseconds of a clock that never falls
   */
  public ChunkCache(
      ChunkStore store,
      Function<Sha256, List<String>> releasesOf,
      BrokerLink broker,
      Topics topics,
      long budgetBytes,
      Executor executor,
      LongSupplier monotonicMs) {
    this.store = store;
    this.releasesOf = releasesOf;
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
   * @param unknown wants of chunks that were never uploaded, or were damaged and then deleted
   */
  public record Statistics(
      long hits, long published, long publishedBytes, long heldBytes, long dropped, long unknown) {}

  /**
   * Asks for a chunk to be on the broker soon. Returns at once.
   *
   * @param ahead whether nobody has looked for it on the broker yet
   */
  public void want(Sha256 sha256, boolean ahead) {
    synchronized (this) {
      Held now = held.get(sha256);
      boolean there = now != null && (ahead ? !now.doubted : isFresh(now));
      if (there || publishing.contains(sha256)) {
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
    held.replaceAll((sha256, was) -> new Held(was.bytes, was.publishedMs, true));
  }

  private boolean isFresh(Held chunk) {
    return !chunk.doubted && monotonicMs.getAsLong() - chunk.publishedMs < MOMENT.toMillis();
  }

  /** Returns what has been done so far. */
  public synchronized Statistics statistics() {
    return new Statistics(hits, published, publishedBytes, heldBytes, dropped, unknown);
  }

  private void pump() {
    while (true) {
      Sha256 next;
      synchronized (this) {
        if (publishing.size() >= IN_FLIGHT_MAX || queue.isEmpty()) {
          return;
        }
        Iterator<Sha256> first = queue.iterator();
        next = first.next();
        first.remove();
        publishing.add(next);
      }
      executor.execute(() -> publish(next));
    }
  }

  private void publish(Sha256 sha256) {
    Optional<byte[]> chunk = stored(sha256);
    if (chunk.isEmpty()) {
      synchronized (this) {
        unknown++;
        publishing.remove(sha256);
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

  private Optional<byte[]> stored(Sha256 sha256) {
    try {
      return store.get(sha256);
    } catch (DroverException unusable) {
      LOG.atError()
          .addKeyValue("code", unusable.code())
          .addKeyValue("chunk", sha256.hex())
          .addKeyValue("releases", releasesOf.apply(sha256))
          .addKeyValue("cause", unusable.getMessage())
          .log("Content of a release cannot be handed out; publish the release again");
      return Optional.empty();
    }
  }

  private void published(Sha256 sha256, int bytes, @Nullable Throwable failure) {
    synchronized (this) {
      publishing.remove(sha256);
      if (failure == null) {
        published++;
        publishedBytes += bytes;
        Held before = held.put(sha256, new Held(bytes, monotonicMs.getAsLong(), false));
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
