package dev.drover.agent.release;

import dev.drover.agent.core.BulkLink;
import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings chunks over the bulk link, each checked by its name. A lost link is opened again, later
 * and later. Of several fetches at once, one runs and the others wait.
 */
final class ChunkFetcher {
  private static final long RETRY_MS_FIRST = 500;
  private static final long RETRY_MS_MAX = 30_000;
  private static final long POLL_MS = 100;

  private static final Logger LOG = LoggerFactory.getLogger(ChunkFetcher.class);

  private final BulkLink.Opener opener;
  private final ChunkWants want;
  private final LongSupplier nanoTime;

  /** A device's bulk identity can hold one connection at a time. */
  private final ReentrantLock oneLink = new ReentrantLock();

  /** Takes chunks; called on the link's thread. */
  @FunctionalInterface
  interface Sink {
    /**
     * Takes a chunk if it is what its name says, which the sink finds out.
     *
     * @return whether it is; nothing was kept if not
     */
    boolean accept(Sha256 name, byte[] chunk);

    /** Returns a sink that checks and hands on. */
    static Sink checking(BiConsumer<Sha256, byte[]> keep) {
      return (name, chunk) -> {
        boolean right = Sha256.of(chunk).equals(name);
        if (right) {
          keep.accept(name, chunk);
        }
        return right;
      };
    }
  }

  /**
   * Makes a fetcher.
   *
   * @param nanoTime monotonic time in nanoseconds
   */
  ChunkFetcher(BulkLink.Opener opener, ChunkWants want, LongSupplier nanoTime) {
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
      ChunkSession session = new ChunkSession(todo, wrong, sink, want, nanoTime);
      int before = todo.size();
      try {
        session.open(opener);
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
    BlockingQueue<Object> never = new LinkedBlockingQueue<>();
    long until = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(ms);
    while (nanoTime.getAsLong() < until) {
      alive.run();
      var unused = poll(never);
    }
  }

  /** Returns the next item, or null after a while without one. */
  static <T> @Nullable T poll(BlockingQueue<T> queue) {
    try {
      return queue.poll(POLL_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException stopped) {
      throw interrupted(stopped);
    }
  }
}
