package dev.drover.hub.repo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.crypto.Sha256;
import dev.drover.hub.core.BrokerLink;
import dev.drover.wire.Identity;
import dev.drover.wire.Topics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkCacheTest {
  private static final int CHUNK_BYTES = 1000;

  /** What the broker was given, a cleared topic with a minus before it. */
  private static final class Given implements BrokerLink {
    final List<String> topics = new ArrayList<>();

    @Override
    public void start(Listener listener) {}

    @Override
    public CompletionStage<Void> publish(String topic, byte[] payload, boolean retain, int qos) {
      topics.add((payload.length == 0 ? "-" : "") + topic);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<Void> disconnect(Identity identity) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public Health health() {
      return new Health(true, 0, Flow.NONE, Flow.NONE);
    }

    @Override
    public void close() {}
  }

  @TempDir Path directory;
  private final Topics topics = new Topics("acme");
  private final Given broker = new Given();
  private ChunkStore store;
  private ChunkCache cache;
  private long nowMs = 5000;

  @BeforeEach
  void open() {
    store = new ChunkStore(directory);
    cache = new ChunkCache(store, broker, topics, 2 * CHUNK_BYTES, Runnable::run, () -> nowMs);
  }

  private Sha256 chunk(int number) {
    byte[] bytes = new byte[CHUNK_BYTES];
    bytes[0] = (byte) number;
    return store.put(bytes);
  }

  private String topic(Sha256 sha256) {
    return topics.chunk(sha256.hex());
  }

  @Test
  void want_publishesOnceAMoment_andAgainLater() {
    Sha256 one = chunk(1);
    cache.want(one);
    cache.want(one);
    assertEquals(List.of(topic(one)), broker.topics);
    nowMs += 1000;
    cache.want(one);
    assertEquals(List.of(topic(one), topic(one)), broker.topics);
    assertEquals(CHUNK_BYTES, cache.statistics().heldBytes());
  }

  @Test
  void brokerThatMayHaveForgotten_getsWhatIsWantedAtOnce_withinTheBudget() {
    Sha256 one = chunk(1);
    Sha256 two = chunk(2);
    cache.want(one);
    cache.want(two);
    broker.topics.clear();

    cache.doubt();
    cache.want(two);
    assertEquals(List.of(topic(two)), broker.topics);
    assertEquals(2 * CHUNK_BYTES, cache.statistics().heldBytes(), "it may hold both still");

    Sha256 three = chunk(3);
    cache.want(three);
    assertEquals(List.of(topic(two), "-" + topic(one), topic(three)), broker.topics);
  }
}
