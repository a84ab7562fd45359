package dev.drover.machine.runtime;

import dev.drover.wire.ErrorCode;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A store that may be read while another thread closes it: native stores crash the process when
 * they are used after that. Thread-safe.
 */
final class GuardedStore implements Reading {
  private final Store store;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  GuardedStore(Store store) {
    this.store = store;
  }

  @Override
  public byte @Nullable [] get(Space space, byte[] key) {
    enter();
    try {
      return store.get(space, key);
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public void scan(Space space, byte[] from, byte[] to, Visitor visitor) {
    enter();
    try {
      store.scan(space, from, to, visitor);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Runs a reader over one committed state. */
  <T> T read(Function<Reading, T> reader) {
    enter();
    try (Store.View view = store.view()) {
      return reader.apply(view);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Waits for readers and closes the store. */
  void close() {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        store.close();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void enter() {
    lock.readLock().lock();
    if (closed) {
      lock.readLock().unlock();
      throw new StoreFailure(ErrorCode.UNAVAILABLE, "The engine is closed.", null);
    }
  }
}
