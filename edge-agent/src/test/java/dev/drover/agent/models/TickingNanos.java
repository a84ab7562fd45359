package dev.drover.agent.models;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Time that goes on by a second whenever somebody looks. */
final class TickingNanos implements LongSupplier {
  private final AtomicLong nanos = new AtomicLong();

  @Override
  public long getAsLong() {
    return nanos.addAndGet(1_000_000_000L);
  }
}
