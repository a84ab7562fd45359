package dev.drover.agent.release;

import dev.drover.agent.core.BulkLink;
import dev.drover.agent.exchange.Waiting;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
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
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One life of the bulk link: keeps a window of missing chunks subscribed, and refills it as they
 * arrive without waiting for the broker's answers, so that something is always on its way.
 *
 * <p>It asks the hub for nothing that arrives by itself. Once a moment has passed in which nothing
 * did, it asks ahead, so that the hub publishes while the device receives. A chunk that is wrong is
 * asked for again a few times.
 */
final class ChunkSession implements BulkLink.Listener {
  /**
   * What the broker still holds arrives within this, in nanoseconds: a few times what the broker
   * took to answer, within bounds.
   */
  private static final long MOMENT_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(40);

  private static final long MOMENT_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(300);
  private static final int MOMENT_ANSWERS = 4;

  /**
   * After so long without a chunk the asking may have been lost, or the broker has lost the chunk
   * to others since; twice as long each time, up to the maximum.
   */
  private static final long ASK_AGAIN_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(300);

  private static final long ASK_AGAIN_NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

  /**
   * After so long without a chunk the broker does not hold what the hub believes; on the slowest
   * links a chunk takes nearly as long.
   */
  private static final long MISSING_NANOS = TimeUnit.SECONDS.toNanos(15);

  /** How long a wrong chunk is left alone, times how often it was wrong. */
  private static final long WRONG_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final int WRONG_MAX = 3;

  /**
   * Chunks beyond the window that the hub is to have published already. The broker must keep them
   * for a device until it is there: 8 MiB of its cache for each place that devices are at.
   */
  private static final int AHEAD_MAX = Limits.WANT_CHUNKS_MAX / 2;

  private static final int ASKED_AT_ONCE_MIN = AHEAD_MAX / 4;

  private static final Logger LOG = LoggerFactory.getLogger(ChunkSession.class);

  /** What the link's thread tells the fetching one; the end of the link where both are null. */
  private record News(@Nullable String sha256, boolean right, @Nullable RuntimeException failure) {}

  private final Deque<String> todo;
  private final Map<String, Integer> wrong;
  private final ChunkFetcher.Sink sink;
  private final ChunkWants want;
  private final LongSupplier nanoTime;
  private final BlockingQueue<News> news = new LinkedBlockingQueue<>();
  private final Set<String> window = new LinkedHashSet<>();
  private final List<String> leaving = new ArrayList<>();
  private final Map<String, Long> againAt = new HashMap<>();

  /** Asked for in this session, and not arrived. */
  private final Set<String> asked = new HashSet<>();

  private @Nullable BulkLink link;
  private volatile long momentNanos = MOMENT_NANOS_MAX;
  private boolean asksAhead;

  /** Something was missing that the hub believed there; the rest may be missing too. */
  private boolean distrusts;

  private long quietSince;
  private long askedAgainAt;
  private long askAgainNanos = ASK_AGAIN_NANOS_MIN;
  private int arrivedSinceAsking;

  /**
   * Makes a session without a link.
   *
   * @param todo what is missing; what is not fetched when the session ends is there again after
   *     {@link #giveBack}
   * @param wrong how often each chunk came wrong, kept from session to session
   */
  ChunkSession(
      Deque<String> todo,
      Map<String, Integer> wrong,
      ChunkFetcher.Sink sink,
      ChunkWants want,
      LongSupplier nanoTime) {
    this.todo = todo;
    this.wrong = wrong;
    this.sink = sink;
    this.want = want;
    this.nanoTime = nanoTime;
    this.quietSince = nanoTime.getAsLong();
    this.askedAgainAt = quietSince;
  }

  void open(BulkLink.Opener opener) {
    link = Waiting.join(opener.open(this));
  }

  /**
   * Fetches until nothing is left.
   *
   * @throws DroverException {@code UNAVAILABLE} where the link is lost, {@code DIGEST_MISMATCH}, or
   *     what sink or {@code alive} threw
   */
  void run(Runnable alive) {
    if (link == null) {
      throw new DroverException(ErrorCode.UNAVAILABLE, "The bulk link is not open.");
    }
    BulkLink open = link;
    while (!todo.isEmpty() || !window.isEmpty() || !againAt.isEmpty()) {
      alive.run();
      int free = open.windowMax() - window.size();
      if (window.isEmpty() || free * 4 >= open.windowMax()) {
        moveOn(open);
      }
      ask();
      News first = ChunkFetcher.poll(news);
      for (News next = first; next != null; next = news.poll()) {
        take(next);
      }
    }
  }

  private void moveOn(BulkLink open) {
    long now = nanoTime.getAsLong();
    for (String sha : List.copyOf(againAt.keySet())) {
      if (againAt.getOrDefault(sha, now) <= now) {
        againAt.remove(sha);
        todo.addFirst(sha);
      }
    }
    if (!leaving.isEmpty()) {
      watch(open.unsubscribe(List.copyOf(leaving)));
      leaving.clear();
    }
    if (todo.isEmpty()) {
      return;
    }
    if (window.isEmpty()) {
      quietSince = now;
    }
    List<String> next = new ArrayList<>();
    while (window.size() < open.windowMax() && !todo.isEmpty()) {
      String sha = todo.remove();
      if (window.add(sha)) {
        next.add(sha);
      }
    }
    CompletionStage<Void> answer = open.subscribe(next);
    watch(answer);
    if (momentNanos == MOMENT_NANOS_MAX) {
      var unused = answer.thenRun(() -> answeredAfter(nanoTime.getAsLong() - now));
    }
  }

  private void answeredAfter(long nanos) {
    momentNanos = Math.max(MOMENT_NANOS_MIN, Math.min(MOMENT_NANOS_MAX, nanos * MOMENT_ANSWERS));
  }

  /** Has a refusal end the session. */
  private void watch(CompletionStage<Void> answer) {
    var unused =
        answer.whenComplete(
            (done, failure) -> {
              if (failure != null) {
                news.add(new News(null, false, Waiting.cause(failure)));
              }
            });
  }

  private void ask() {
    long now = nanoTime.getAsLong();
    long quietNanos = now - quietSince;
    if (!asksAhead) {
      asksAhead = quietNanos >= momentNanos && !window.isEmpty();
      arrivedSinceAsking = ASKED_AT_ONCE_MIN;
    }
    if (asksAhead && (arrivedSinceAsking >= ASKED_AT_ONCE_MIN || !asked.containsAll(window))) {
      askFor(unasked());
    }
    if (quietNanos >= askAgainNanos && now - askedAgainAt >= askAgainNanos) {
      if (quietNanos >= MISSING_NANOS) {
        distrusts = true;
        quietSince = now;
      }
      askedAgainAt = now;
      askAgainNanos = Math.min(ASK_AGAIN_NANOS_MAX, askAgainNanos * 2);
      asked.clear();
      askFor(unasked());
    }
  }

  /** Returns what is not asked for yet, of the window and of what comes after it. */
  private List<String> unasked() {
    arrivedSinceAsking = 0;
    List<String> next = new ArrayList<>(window);
    todo.stream().limit(AHEAD_MAX).forEach(next::add);
    next.removeAll(asked);
    return next;
  }

  private void askFor(Collection<String> sha256s) {
    List<String> all = List.copyOf(sha256s);
    asked.addAll(all);
    for (int from = 0; from < all.size(); from += Limits.WANT_CHUNKS_MAX) {
      want.want(all.subList(from, Math.min(all.size(), from + Limits.WANT_CHUNKS_MAX)), !distrusts);
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
    askAgainNanos = ASK_AGAIN_NANOS_MIN;
    if (!window.remove(sha)) {
      return;
    }
    arrivedSinceAsking++;
    leaving.add(sha);
    asked.remove(sha);
    if (item.right()) {
      return;
    }
    int times = wrong.merge(sha, 1, Integer::sum);
    LOG.atWarn().addKeyValue("chunk", sha).addKeyValue("times", times).log("A chunk is wrong");
    if (times > WRONG_MAX) {
      throw new DroverException(
          ErrorCode.DIGEST_MISMATCH, "A chunk came changed " + times + " times.");
    }
    want.want(List.of(sha), false);
    againAt.put(sha, nanoTime.getAsLong() + times * WRONG_PAUSE_NANOS);
  }

  /** Puts back what has not arrived. */
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
    boolean right = false;
    RuntimeException failure = null;
    if (payload.length <= Limits.CHUNK_BYTES_MAX) {
      try {
        right = sink.accept(Sha256.fromBytes(Hashes.unhex(sha256)), payload);
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
