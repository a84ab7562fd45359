package dev.drover.agent.release;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.core.BulkLink;
import dev.drover.crypto.Sha256;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/**
 * Fetching from a broker and a hub that live in this test, by a clock that runs when it is read.
 */
class ChunkFetcherTest {
  private static final int CHUNKS = 200;

  private final AtomicLong nanos = new AtomicLong();
  private final Map<String, byte[]> content = new HashMap<>();
  private final List<String> names = new ArrayList<>();
  private final Broker broker = new Broker();
  private final ChunkFetcher fetcher =
      new ChunkFetcher(
          broker::open, broker::want, () -> nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(20)));

  ChunkFetcherTest() {
    for (int i = 0; i < CHUNKS; i++) {
      byte[] chunk = {(byte) i, (byte) (i >> 8), 7};
      String name = Sha256.of(chunk).hex();
      names.add(name);
      content.put(name, chunk);
    }
  }

  /** A broker with its retained messages, and the hub behind it. */
  private final class Broker {
    final Set<String> retained = new HashSet<>();
    final List<String> wantedAhead = new ArrayList<>();
    final List<String> wantedMissing = new ArrayList<>();
    final Map<String, Integer> damages = new HashMap<>();
    final Set<String> believed = new HashSet<>();
    int mostSubscribed;
    int opened;
    IntConsumer onDelivery = count -> {};
    private int delivered;
    private Link link = new Link(null);

    CompletionStage<BulkLink> open(BulkLink.Listener listener) {
      opened++;
      link = new Link(listener);
      return CompletableFuture.completedFuture(link);
    }

    void want(List<String> sha256s, boolean ahead) {
      assertTrue(sha256s.size() <= Limits.WANT_CHUNKS_MAX);
      (ahead ? wantedAhead : wantedMissing).addAll(sha256s);
      for (String name : sha256s) {
        if (!ahead || !believed.contains(name)) {
          believed.add(name);
          retained.add(name);
          link.deliver(name);
        }
      }
    }

    private final class Link implements BulkLink {
      private final Listener listener;
      private final Set<String> subscribed = new HashSet<>();

      Link(Listener listener) {
        this.listener = listener;
      }

      void deliver(String name) {
        if (subscribed.contains(name) && retained.contains(name)) {
          byte[] chunk = content.get(name).clone();
          if (damages.merge(name, -1, Integer::sum) >= 0) {
            chunk[0] ^= 1;
          }
          listener.onChunk(name, chunk);
          onDelivery.accept(++delivered);
        }
      }

      @Override
      public int windowMax() {
        return Limits.CHUNK_WINDOW_MAX;
      }

      @Override
      public CompletionStage<Void> subscribe(Collection<String> sha256s) {
        subscribed.addAll(sha256s);
        assertTrue(subscribed.size() <= windowMax());
        mostSubscribed = Math.max(mostSubscribed, subscribed.size());
        List.copyOf(sha256s).forEach(this::deliver);
        return CompletableFuture.completedFuture(null);
      }

      @Override
      public CompletionStage<Void> unsubscribe(Collection<String> sha256s) {
        subscribed.removeAll(sha256s);
        return CompletableFuture.completedFuture(null);
      }

      @Override
      public void close() {
        subscribed.clear();
      }
    }
  }

  private Set<String> fetched() {
    return fetched(0);
  }

  /** Fetches everything while so much time more passes each time that the fetch waits. */
  private Set<String> fetched(int waitingMs) {
    Set<String> got = new HashSet<>();
    fetcher.fetch(
        names,
        ChunkFetcher.Sink.checking((name, chunk) -> got.add(name.hex())),
        () -> nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(waitingMs)));
    return got;
  }

  @Test
  void chunksThatTheBrokerHolds_arrive_withoutAskingTheHub() {
    broker.retained.addAll(names);
    assertEquals(content.keySet(), fetched());
    assertEquals(List.of(), broker.wantedAhead);
    assertEquals(List.of(), broker.wantedMissing);
    assertEquals(Limits.CHUNK_WINDOW_MAX, broker.mostSubscribed);
  }

  @Test
  void chunksThatTheBrokerMisses_areAskedForOnce_aheadOfTheWindow() {
    assertEquals(content.keySet(), fetched());
    assertEquals(names.size(), broker.wantedAhead.size());
    assertEquals(content.keySet(), Set.copyOf(broker.wantedAhead));
    assertEquals(List.of(), broker.wantedMissing);
  }

  @Test
  void chunksThatTheHubBelievesOnTheBroker_areCalledMissing_afterAWhile() {
    broker.believed.addAll(names);
    assertEquals(content.keySet(), fetched(500));
    assertEquals(content.keySet(), Set.copyOf(broker.wantedMissing));
  }

  @Test
  void chunkThatCameChanged_isAskedForAgain() {
    broker.retained.addAll(names);
    broker.damages.put(names.get(3), 2);
    assertEquals(content.keySet(), fetched(500));
    assertEquals(Set.of(names.get(3)), Set.copyOf(broker.wantedMissing));
  }

  @Test
  void chunkThatComesChangedAgainAndAgain_endsTheFetch() {
    broker.retained.addAll(names);
    broker.damages.put(names.get(3), 100);
    assertRefused(ErrorCode.DIGEST_MISMATCH, () -> fetched(500));
  }

  @Test
  void lostLink_isOpenedAgain_forWhatIsLeft() {
    broker.retained.addAll(names);
    Set<Integer> losses = Set.of(1, 50, 51);
    broker.onDelivery =
        count -> {
          if (losses.contains(count)) {
            broker.link.listener.onLost();
          }
        };
    assertEquals(content.keySet(), fetched());
    assertEquals(1 + losses.size(), broker.opened);
  }

  @Test
  void ownerWhoStops_endsTheFetch() {
    long[] calls = {0};
    assertRefused(
        ErrorCode.CANCELLED,
        () ->
            fetcher.fetch(
                names,
                ChunkFetcher.Sink.checking((name, chunk) -> {}),
                () -> {
                  if (++calls[0] > 3) {
                    throw new dev.drover.wire.DroverException(ErrorCode.CANCELLED, "Stop.");
                  }
                }));
  }
}
