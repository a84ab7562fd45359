package dev.drover.machine.sim;

import dev.drover.machine.runtime.Batch;
import dev.drover.machine.runtime.Reading;
import dev.drover.machine.runtime.Space;
import dev.drover.machine.runtime.Store;
import dev.drover.machine.runtime.StoreFailure;
import dev.drover.wire.ErrorCode;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A disk that keeps what was synced and loses the rest, with a point for a crash before the write,
 * between write and sync, and after the sync. Thread-safe.
 *
 * <p>The disk outlives engines: {@link #open} gives the store of one run; after a crash another run
 * opens what was durable.
 */
public final class SimDisk implements Reading {
  private final Map<Space, NavigableMap<byte[], byte[]>> durable = new EnumMap<>(Space.class);
  private final CrashPlan plan;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable ErrorCode failing;
  private long commits;

  /** Makes an empty disk. */
  public SimDisk(CrashPlan plan) {
    this.plan = plan;
    for (Space space : Space.values()) {
      durable.put(space, new TreeMap<>(Arrays::compareUnsigned));
    }
  }

  /** Returns the plan of crashes. */
  public CrashPlan plan() {
    return plan;
  }

  /** Returns how many batches became durable. */
  public long commits() {
    return locked(() -> commits);
  }

  /** Lets every later commit fail with this code, or work again for null. */
  public void fail(@Nullable ErrorCode code) {
    failing = code;
  }

  /** Returns the store of a new run. A run before it that was not closed has crashed. */
  public Store open() {
    return new Run();
  }

  @Override
  public byte @Nullable [] get(Space space, byte[] key) {
    lock.lock();
    try {
      return of(space).get(key);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void scan(Space space, byte[] from, byte[] to, Visitor visitor) {
    lock.lock();
    try {
      for (Map.Entry<byte[], byte[]> entry : of(space).subMap(from, true, to, false).entrySet()) {
        if (!visitor.visit(entry.getKey(), entry.getValue())) {
          return;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private <T> T locked(Supplier<T> body) {
    lock.lock();
    try {
      return body.get();
    } finally {
      lock.unlock();
    }
  }

  private NavigableMap<byte[], byte[]> of(Space space) {
    NavigableMap<byte[], byte[]> ofSpace = durable.get(space);
    if (ofSpace == null) {
      throw new IllegalStateException("No such space");
    }
    return ofSpace;
  }

  private void commit(Batch batch) {
    plan.pass("before a write");
    ErrorCode code = failing;
    if (code != null) {
      throw new StoreFailure(code, "The simulated disk fails.", null);
    }
    plan.pass("between write and sync");
    batch.forEach(
        (space, key, value) -> {
          if (value == null) {
            of(space).remove(key);
          } else {
            of(space).put(key, value);
          }
        });
    commits++;
    plan.pass("after a sync");
  }

  /** The store of one run. */
  private final class Run implements Store {
    private volatile boolean closed;

    @Override
    public byte @Nullable [] get(Space space, byte[] key) {
      checkOpen();
      return SimDisk.this.get(space, key);
    }

    @Override
    public void scan(Space space, byte[] from, byte[] to, Visitor visitor) {
      checkOpen();
      SimDisk.this.scan(space, from, to, visitor);
    }

    @Override
    public void commit(Batch batch) {
      checkOpen();
      lock.lock();
      try {
        SimDisk.this.commit(batch);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public View view() {
      checkOpen();
      lock.lock();
      return new Locked();
    }

    @Override
    public void close() {
      closed = true;
    }

    private void checkOpen() {
      if (closed) {
        throw new IllegalStateException("The store is closed");
      }
    }
  }

  /** The present state, which nothing changes while this is open. */
  private final class Locked implements Store.View {
    @Override
    public byte @Nullable [] get(Space space, byte[] key) {
      return SimDisk.this.get(space, key);
    }

    @Override
    public void scan(Space space, byte[] from, byte[] to, Visitor visitor) {
      SimDisk.this.scan(space, from, to, visitor);
    }

    @Override
    public void close() {
      lock.unlock();
    }
  }
}
