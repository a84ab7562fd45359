package dev.drover.hub.link;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many clients the embedded broker has, of how many it takes. Says so when nine of ten are
 * there, and again only after a fifth had left: the broker refuses more without a word to the hub.
 * Thread-safe.
 */
final class ConnectionCount {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionCount.class);

  private final int max;
  private final int many;
  private final int fewer;
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicBoolean said = new AtomicBoolean();

  /**
   * Makes a count of none.
   *
   * @param max how many the broker takes, at least 1
   */
  ConnectionCount(int max) {
    this.max = max;
    this.many = Math.max(1, max - max / 10);
    this.fewer = max - max / 5;
  }

  void connected() {
    if (count.incrementAndGet() >= many && said.compareAndSet(false, true)) {
      LOG.atWarn()
          .addKeyValue("connections", many)
          .addKeyValue("most", max)
          .log("The broker is nearly full; give the hub more heap with DROVER_HUB_HEAP");
    }
  }

  void disconnected() {
    if (count.decrementAndGet() < fewer) {
      said.set(false);
    }
  }

  int now() {
    return count.get();
  }
}
