package dev.drover.deploy.bench;

/**
 * What a store made durable.
 *
 * @param count synced writes
 * @param bytes of keys and values in them
 */
record Commits(long count, long bytes) {
  Commits since(Commits before) {
    return new Commits(count - before.count, bytes - before.bytes);
  }
}
