package dev.drover.hub.repo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Sha256;
import dev.drover.wire.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkCacheTest {
  private static final int CHUNK = 1000;

  @TempDir private Path directory;
  private final QuietLink broker = new QuietLink();
  private final Topics topics = new Topics("acme");
  private ChunkStore store;
  private ChunkCache cache;
  private long nowMs = 5_000;

  @BeforeEach
  void open() {
    store = new ChunkStore(directory);
    cache =
        new ChunkCache(
            store, chunk -> List.of(), broker, topics, 3 * CHUNK, Runnable::run, () -> nowMs);
  }

  private Sha256 chunk(int seed) {
    byte[] bytes = new byte[CHUNK];
    bytes[0] = (byte) seed;
    return store.put(bytes);
  }

  private String topic(Sha256 sha256) {
    return topics.chunk(sha256.hex());
  }

  @Test
  void wantedChunk_isPublishedOnce_forAllWhoWantItWithinAMoment() {
    Sha256 one = chunk(1);
    cache.want(one, false);
    cache.want(one, false);
    cache.want(one, false);
    assertEquals(1, broker.published.size());
    assertEquals(new ChunkCache.Statistics(2, 1, CHUNK, CHUNK, 0, 0), cache.statistics());
    nowMs += 1_000;
    cache.want(one, false);
    assertEquals(2, broker.published.size(), "the broker may have forgotten it");
    assertEquals(CHUNK, cache.statistics().heldBytes());
  }

  @Test
  void wantAhead_publishesOnlyWhatIsNotThere() {
    Sha256 one = chunk(1);
    cache.want(one, true);
    nowMs += 60_000;
    cache.want(one, true);
    assertEquals(1, broker.published.size(), "it should be there");
    cache.doubt();
    cache.want(one, true);
    assertEquals(2, broker.published.size(), "it may be gone");
  }

  @Test
  void budget_isKept_byTakingBackWhatWasWantedLongestAgo() {
    Sha256 first = chunk(1);
    Sha256 second = chunk(2);
    cache.want(first, false);
    cache.want(second, false);
    cache.want(chunk(3), false);
    nowMs += 1_000;
    cache.want(first, false);
    cache.want(chunk(4), false);
    assertTrue(broker.retained.containsKey(topic(first)));
    assertFalse(broker.retained.containsKey(topic(second)));
    assertEquals(3, broker.retained.size());
    assertEquals(3 * CHUNK, cache.statistics().heldBytes());
  }

  @Test
  void unknownChunk_isCounted() {
    cache.want(Sha256.of(new byte[] {9}), false);
    assertEquals(1, cache.statistics().unknown());
    assertEquals(0, broker.published.size());
  }

  @Test
  void damagedChunk_isNotPublished_untilItWasUploadedAgain() throws IOException {
    Sha256 one = chunk(1);
    Files.write(directory.resolve(one.hex().substring(0, 2)).resolve(one.hex()), new byte[CHUNK]);
    cache.want(one, false);
    assertEquals(0, broker.published.size());
    assertEquals(1, cache.statistics().unknown());
    assertFalse(store.has(one));
    assertEquals(one, chunk(1));
    cache.want(one, false);
    assertEquals(1, broker.published.size());
  }

  @Test
  void brokerThatRefuses_costsOneWant_andTheNextTriesAgain() {
    broker.failing = true;
    Sha256 one = chunk(1);
    cache.want(one, false);
    assertEquals(1, cache.statistics().dropped());
    assertEquals(0, cache.statistics().heldBytes());
    broker.failing = false;
    cache.want(one, false);
    assertEquals(1, cache.statistics().published());
  }

  @Test
  void slowBroker_getsFewAtATime_andTheRestInTurn() {
    broker.holding = true;
    for (int i = 0; i < 20; i++) {
      cache.want(chunk(i), false);
    }
    assertEquals(8, broker.held.size());
    Sha256 waiting = chunk(19);
    cache.want(waiting, false);
    assertEquals(1, cache.statistics().hits(), "it waits already");
    for (int i = 0; i < broker.held.size(); i++) {
      CompletableFuture<Void> one = broker.held.get(i);
      one.complete(null);
    }
    assertEquals(20, broker.published.stream().filter(topic -> !topic.startsWith("-")).count());
    assertEquals(20, cache.statistics().published());
  }

  @Test
  void brokerThatMayHaveForgotten_getsWhatIsWantedAtOnce_withinTheBudget() {
    Sha256 one = chunk(1);
    Sha256 two = chunk(2);
    Sha256 three = chunk(3);
    cache.want(one, false);
    cache.want(two, false);
    cache.want(three, false);
    broker.published.clear();

    cache.doubt();
    cache.want(two, false);
    assertEquals(List.of(topic(two)), broker.published);
    assertEquals(3 * CHUNK, cache.statistics().heldBytes(), "it may hold all of them still");
    Sha256 four = chunk(4);
    cache.want(four, false);
    assertEquals(List.of(topic(two), "-" + topic(one), topic(four)), broker.published);
  }
}
