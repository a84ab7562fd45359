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
 * <p>What was being written when the power went lies torn behind the last whole batch; the next run
 * finds that it is not whole and drops it, as the logs of RocksDB and SQLite do.
 *
 * <p>The disk outlives engines: {@link #open} gives the store of one run; after a crash another run
 * opens what was durable, and nothing that is left of the run before can reach it any more.
 */
public final class SimDisk implements Reading {
  /** The point of a crash that tears the batch which is being written. */
  public static final String TORN = "between write and sync";

  private final Map<Space, NavigableMap<byte[], byte[]>> durable = new EnumMap<>(Space.class);
  private final CrashPlan plan;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable ErrorCode failing;
  private volatile @Nullable Run current;
  private long commits;
  private boolean torn;
  private long tornFound;

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
    crash();
    return locked(
        () -> {
          if (torn) {
            torn = false;
            tornFound++;
          }
          Run run = new Run();
          current = run;
          return run;
        });
  }

  /** Ends the present run where it is: whatever it does from now on is a {@link SimulatedCrash}. */
  public void crash() {
    Run run = current;
    if (run != null) {
      run.dead = true;
    }
  }

  /** Returns whether the present run has crashed. */
  public boolean crashed() {
    Run run = current;
    return run != null && run.dead;
  }

  /** Returns how many torn batches were found and dropped by later runs. */
  public long tornFound() {
    return locked(() -> tornFound);
  }

  /** Returns a disk of its own that holds what is durable on this one, as a backup or image. */
  public SimDisk copy(CrashPlan withPlan) {
    SimDisk copy = new SimDisk(withPlan);
    lock.lock();
    try {
      durable.forEach((space, entries) -> copy.of(space).putAll(entries));
      return copy;
    } finally {
      lock.unlock();
    }
  }

  /** Makes this disk hold what another one holds, as when an image is written over it. */
  public void become(SimDisk image) {
    crash();
    lock.lock();
    try {
      for (Space space : Space.values()) {
        of(space).clear();
        of(space).putAll(image.of(space));
      }
      torn = false;
    } finally {
      lock.unlock();
    }
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
    torn = true;
    plan.pass(TORN);
    torn = false;
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
    private volatile boolean dead;

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
      } catch (SimulatedCrash crash) {
        dead = true;
        throw crash;
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
      if (dead) {
        throw new SimulatedCrash("after the power went");
      }
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
