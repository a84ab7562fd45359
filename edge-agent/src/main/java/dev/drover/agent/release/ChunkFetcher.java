package dev.drover.agent.release;

import dev.drover.agent.core.BulkLink;
import dev.drover.agent.exchange.Waiting;
import dev.drover.crypto.Hashes;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings chunks over the bulk link: subscribes to a window of those that are missing, asks for what
 * the broker does not hold, and goes on as they arrive. Once asking was needed, it asks ahead, so
 * that the hub publishes while the device receives.
 *
 * <p>Each chunk is checked by its name before it is handed on. A wrong one is asked for again a few
 * times. A lost link is opened again, later and later. Of several fetches at once, one runs and the
 * others wait.
 */
final class ChunkFetcher {
  /** What the broker still holds arrives within this, in nanoseconds. */
  static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  /** A chunk is not asked for again within this, in nanoseconds. */
  static final long WANT_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** How long a wrong chunk is left alone, times how often it was wrong. */
  private static final long WRONG_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final int WRONG_MAX = 3;
  private static final long RETRY_MS_FIRST = 500;
  private static final long RETRY_MS_MAX = 30_000;
  private static final long POLL_MS = 100;

  private static final Logger LOG = LoggerFactory.getLogger(ChunkFetcher.class);

  private final BulkLink.Opener opener;
  private final Consumer<List<String>> want;
  private final LongSupplier nanoTime;

  /** A device's bulk identity can hold one connection at a time. */
  private final ReentrantLock oneLink = new ReentrantLock();

  /** Takes chunks that are what their names say; called on the link's thread. */
  @FunctionalInterface
  interface Sink {
    void accept(String sha256, byte[] chunk);
  }

  /** What the link's thread tells the fetching one. */
  private record News(@Nullable String sha256, boolean right, @Nullable RuntimeException failure) {}

  /**
   * Makes a fetcher.
   *
   * @param want asks the hub for at most {@link Limits#WANT_CHUNKS_MAX} chunks
   * @param nanoTime monotonic time in nanoseconds
   */
  ChunkFetcher(BulkLink.Opener opener, Consumer<List<String>> want, LongSupplier nanoTime) {
    this.opener = opener;
    this.want = want;
    this.nanoTime = nanoTime;
  }

  /**
   * Fetches chunks; returns when the sink has all of them.
   *
   * @param sha256s what is missing, each once, in the order in which it is best fetched
   * @param alive called several times a second; throws to end the fetch
   * @throws DroverException {@code DIGEST_MISMATCH} where a chunk came wrong again and again, or
   *     what the sink or {@code alive} threw
   */
  void fetch(Collection<String> sha256s, Sink sink, Runnable alive) {
    lock(alive);
    try {
      fetchLocked(sha256s, sink, alive);
    } finally {
      oneLink.unlock();
    }
  }

  private void lock(Runnable alive) {
    try {
      while (!oneLink.tryLock(POLL_MS, TimeUnit.MILLISECONDS)) {
        alive.run();
      }
    } catch (InterruptedException stopped) {
      throw interrupted(stopped);
    }
  }

  private static DroverException interrupted(InterruptedException stopped) {
    Thread.currentThread().interrupt();
    return new DroverException(ErrorCode.CANCELLED, "The fetch was stopped.", stopped);
  }

  private void fetchLocked(Collection<String> sha256s, Sink sink, Runnable alive) {
    Deque<String> todo = new ArrayDeque<>(sha256s);
    Map<String, Integer> wrong = new HashMap<>();
    long retryMs = RETRY_MS_FIRST;
    while (!todo.isEmpty()) {
      alive.run();
      Session session = new Session(todo, wrong, sink);
      int before = todo.size();
      try {
        session.open();
        session.run(alive);
      } catch (DroverException failed) {
        if (failed.code() != ErrorCode.UNAVAILABLE) {
          throw failed;
        }
        LOG.atInfo().addKeyValue("reason", failed.getMessage()).log("The bulk link is lost");
      } finally {
        session.close();
        session.giveBack();
      }
      if (!todo.isEmpty()) {
        retryMs = todo.size() < before ? RETRY_MS_FIRST : Math.min(RETRY_MS_MAX, retryMs * 2);
        pause(retryMs, alive);
      }
    }
  }

  void pause(long ms, Runnable alive) {
    BlockingQueue<News> never = new LinkedBlockingQueue<>();
    long until = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(ms);
    while (nanoTime.getAsLong() < until) {
      alive.run();
      poll(never);
    }
  }

  private static @Nullable News poll(BlockingQueue<News> queue) {
    try {
      return queue.poll(POLL_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException stopped) {
      throw interrupted(stopped);
    }
  }

  /** One life of the link. */
  private final class Session implements BulkLink.Listener {
    private final Deque<String> todo;
    private final Map<String, Integer> wrong;
    private final Sink sink;
    private final BlockingQueue<News> news = new LinkedBlockingQueue<>();
    private final Set<String> window = new LinkedHashSet<>();
    private final List<String> leaving = new ArrayList<>();
    private final Map<String, Long> wantedAt = new HashMap<>();
    private final Map<String, Long> againAt = new HashMap<>();

    private @Nullable BulkLink link;
    private boolean askAhead;
    private long quietSince;

    Session(Deque<String> todo, Map<String, Integer> wrong, Sink sink) {
      this.todo = todo;
      this.wrong = wrong;
      this.sink = sink;
    }

    void open() {
      link = Waiting.join(opener.open(this));
    }

    void run(Runnable alive) {
      BulkLink open = opened();
      while (!todo.isEmpty() || !window.isEmpty() || !againAt.isEmpty()) {
        alive.run();
        if (window.isEmpty() || leaving.size() * 2 >= open.windowMax()) {
          moveOn(open);
        }
        ask();
        News first = poll(news);
        for (News next = first; next != null; next = news.poll()) {
          take(next);
        }
      }
    }

    private BulkLink opened() {
      if (link == null) {
        throw new DroverException(ErrorCode.UNAVAILABLE, "The bulk link is not open.");
      }
      return link;
    }

    private void moveOn(BulkLink open) {
      if (!leaving.isEmpty()) {
        Waiting.join(open.unsubscribe(List.copyOf(leaving)));
        leaving.clear();
      }
      long now = nanoTime.getAsLong();
      for (String sha : List.copyOf(againAt.keySet())) {
        if (againAt.getOrDefault(sha, now) <= now) {
          againAt.remove(sha);
          todo.addFirst(sha);
        }
      }
      List<String> next = new ArrayList<>();
      while (window.size() + next.size() < open.windowMax() && !todo.isEmpty()) {
        next.add(todo.poll());
      }
      window.addAll(next);
      if (!next.isEmpty()) {
        Waiting.join(open.subscribe(next));
        quietSince = nanoTime.getAsLong();
      }
    }

    /** Asks for what has not arrived within a moment, and ahead of time where that was needed. */
    private void ask() {
      long now = nanoTime.getAsLong();
      boolean quiet = now - quietSince >= MOMENT_NANOS;
      if (!askAhead && !quiet) {
        return;
      }
      List<String> asked = new ArrayList<>();
      Set<String> candidates = new LinkedHashSet<>(window);
      if (askAhead) {
        todo.stream().limit(Limits.WANT_CHUNKS_MAX).forEach(candidates::add);
      }
      for (String sha : candidates) {
        Long at = wantedAt.get(sha);
        if (asked.size() < Limits.WANT_CHUNKS_MAX && (at == null || now - at > WANT_AGAIN_NANOS)) {
          asked.add(sha);
        }
      }
      boolean worthIt = quiet || asked.size() * 4 >= Limits.WANT_CHUNKS_MAX || todo.isEmpty();
      if (!asked.isEmpty() && worthIt) {
        asked.forEach(sha -> wantedAt.put(sha, now));
        askAhead = true;
        quietSince = now;
        want.accept(asked);
      }
    }

    private void take(News item) {
      if (item.failure() != null) {
        throw item.failure();
      }
      String sha = item.sha256();
      if (sha == null) {
        throw new DroverException(ErrorCode.UNAVAILABLE, "The bulk link was lost.");
      }
      quietSince = nanoTime.getAsLong();
      if (!window.remove(sha)) {
        return;
      }
      leaving.add(sha);
      if (item.right()) {
        wantedAt.remove(sha);
        return;
      }
      int times = wrong.merge(sha, 1, Integer::sum);
      LOG.atWarn().addKeyValue("chunk", sha).addKeyValue("times", times).log("A chunk is wrong");
      if (times > WRONG_MAX) {
        throw new DroverException(
            ErrorCode.DIGEST_MISMATCH, "A chunk came changed " + times + " times.");
      }
      want.accept(List.of(sha));
      againAt.put(sha, nanoTime.getAsLong() + times * WRONG_PAUSE_NANOS);
    }

    void giveBack() {
      Set<String> known = new HashSet<>(todo);
      for (News item = news.poll(); item != null; item = news.poll()) {
        if (item.right() && item.sha256() != null) {
          window.remove(item.sha256());
        }
      }
      todo.addAll(againAt.keySet());
      window.stream().filter(sha -> !known.contains(sha)).forEach(todo::addFirst);
    }

    void close() {
      if (link != null) {
        link.close();
      }
    }

    @Override
    public void onChunk(String sha256, byte[] payload) {
      if (payload.length == 0) {
        // The hub cleared it from the broker.
        return;
      }
      boolean right =
          payload.length <= Limits.CHUNK_BYTES_MAX
              && Hashes.hex(Hashes.sha256(payload)).equals(sha256);
      RuntimeException failure = null;
      if (right) {
        try {
          sink.accept(sha256, payload);
        } catch (RuntimeException failed) {
          failure = failed;
        }
      }
      news.add(new News(sha256, right, failure));
    }

    @Override
    public void onLost() {
      news.add(new News(null, false, null));
    }
  }
}
