package dev.drover.machine.runtime;

import java.util.concurrent.atomic.AtomicLong;

/** What an engine counts. Thread-safe. */
final class Counters {
  final AtomicLong events = new AtomicLong();
  final AtomicLong groups = new AtomicLong();
  final AtomicLong refused = new AtomicLong();
  final AtomicLong retries = new AtomicLong();
  final AtomicLong dropped = new AtomicLong();

  /** Effects and sends that are durable and not yet done. */
  final AtomicLong owed = new AtomicLong();
}
