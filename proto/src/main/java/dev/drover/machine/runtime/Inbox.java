package dev.drover.machine.runtime;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the committer: bounded for events from outside, over all keys, per key and in
 * bytes. Any thread adds; the committer takes.
 */
final class Inbox {
  private final EngineLimits limits;
  private final LinkedBlockingQueue<Input> queue = new LinkedBlockingQueue<>();
  private final Map<MailKey, Integer> waitingByKey = new ConcurrentHashMap<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong waitingBytes = new AtomicLong();

  /** Taken by {@link #await} and not yet by {@link #next}; touched by the committer only. */
  private @Nullable Input first;

  Inbox(EngineLimits limits) {
    this.limits = limits;
  }

  /**
   * Adds an event if there is room.
   *
   * @throws DroverException {@link ErrorCode#RESOURCE_EXHAUSTED} if there is not; nothing changed
   */
  void submit(Input.Submission submission) {
    int events = waiting.incrementAndGet();
    long bytes = waitingBytes.addAndGet(submission.bytes);
    int ofKey = waitingByKey.merge(submission.to, 1, Integer::sum);
    if (events > limits.mailboxMax()
        || bytes > limits.mailboxBytesMax()
        || ofKey > limits.mailboxKeyMax()) {
      release(submission);
      throw full(
          ofKey > limits.mailboxKeyMax()
              ? "The key has too many events waiting."
              : "The engine has too many events waiting.");
    }
    queue.add(submission);
  }

  /** Makes room: the event was answered. */
  void release(Input.Submission submission) {
    waitingByKey.computeIfPresent(submission.to, (key, count) -> count == 1 ? null : count - 1);
    waiting.decrementAndGet();
    waitingBytes.addAndGet(-submission.bytes);
  }

  /** Adds what is not an event from outside; its number is bounded elsewhere. */
  void post(Input input) {
    queue.add(input);
  }

  /** Waits until there is something to take, at most for this long. */
  void await(long nanos) throws InterruptedException {
    if (first == null) {
      first = nanos <= 0 ? queue.poll() : queue.poll(nanos, TimeUnit.NANOSECONDS);
    }
  }

  /** Returns the next input, or null where none waits. */
  @Nullable Input next() {
    Input next = first;
    first = null;
    return next != null ? next : queue.poll();
  }

  /** Returns the number of events not answered yet. */
  int waiting() {
    return waiting.get();
  }

  private static DroverException full(String message) {
    return new DroverException(ErrorCode.RESOURCE_EXHAUSTED, message);
  }
}
