package dev.drover.hub.link;

import dev.drover.hub.core.BrokerLink;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the messages of one direction of a link, and bounds those that are not done. Thread-safe.
 */
final class Waiting {
  private final int messagesMax;
  private final long bytesMax;
  private final AtomicInteger pendingMessages = new AtomicInteger();
  private final AtomicLong pendingBytes = new AtomicLong();
  private final LongAdder messages = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder refused = new LongAdder();

  Waiting(int messagesMax, long bytesMax) {
    this.messagesMax = messagesMax;
    this.bytesMax = bytesMax;
  }

  /** Lets a message in, to be given to {@link #leave} once, or counts it as refused. */
  boolean enter(int messageBytes) {
    int nowMessages = pendingMessages.incrementAndGet();
    long nowBytes = pendingBytes.addAndGet(messageBytes);
    if (nowMessages > messagesMax || nowBytes > bytesMax) {
      release(messageBytes);
      refused.increment();
      return false;
    }
    return true;
  }

  /** Lets a message out. */
  void leave(int messageBytes, boolean done) {
    release(messageBytes);
    if (done) {
      messages.increment();
      bytes.add(messageBytes);
    } else {
      refused.increment();
    }
  }

  /** Counts a message that was refused before it came in. */
  void countRefused() {
    refused.increment();
  }

  BrokerLink.Flow flow() {
    return new BrokerLink.Flow(
        messages.sum(), bytes.sum(), refused.sum(), pendingMessages.get(), pendingBytes.get());
  }

  private void release(int messageBytes) {
    pendingMessages.decrementAndGet();
    pendingBytes.addAndGet(-messageBytes);
  }
}
