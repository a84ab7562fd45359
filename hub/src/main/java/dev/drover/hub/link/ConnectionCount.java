package dev.drover.hub.link;

import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many clients the embedded broker has, of how many it takes. Says so once when nearly all are
 * taken: whom the broker refuses then learns nothing from a hub. Thread-safe.
 */
final class ConnectionCount {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionCount.class);

  private final int max;
  private final int many;
  private final AtomicInteger count = new AtomicInteger();

  /**
   * Makes a count of none.
   *
   * @param max how many the broker takes, at least 1
   */
  ConnectionCount(int max) {
    this.max = max;
    this.many = Math.max(1, max - max / 10);
  }

  void connected() {
    if (count.incrementAndGet() == many) {
      LOG.atWarn()
          .addKeyValue("connections", many)
          .addKeyValue("most", max)
          .log("The broker is nearly full; give the hub more heap with DROVER_HUB_HEAP");
    }
  }

  void disconnected() {
    count.decrementAndGet();
  }

  int now() {
    return count.get();
  }
}
