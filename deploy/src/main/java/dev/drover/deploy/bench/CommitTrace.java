package dev.drover.deploy.bench;

import dev.drover.machine.runtime.Batch;
import dev.drover.machine.runtime.PassingStore;
import dev.drover.machine.runtime.Space;
import dev.drover.machine.runtime.Store;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A file of what an engine gave its store to make durable, commit by commit, so that another
 * process can give a store the same without an engine.
 */
final class CommitTrace {
  private static final int NONE = -1;

  private CommitTrace() {}

  /**
   * A commit, or what separates two parts of a trace.
   *
   * @param nanos since the part began
   * @param batch empty where a part begins
   */
  record Entry(long nanos, Optional<Batch> batch) {}

  /** A store that writes down what it commits. Thread-safe as a store is. */
  static final class Recorder extends PassingStore {
    private final Store store;
    private final LongSupplier nanoTime;
    private final DataOutputStream out;
    private long startedNanos;

    Recorder(Store store, Path file, LongSupplier nanoTime) throws IOException {
      super(store);
      this.store = store;
      this.nanoTime = nanoTime;
      this.out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
      this.startedNanos = nanoTime.getAsLong();
    }

    /** Begins a part. */
    synchronized void mark() throws IOException {
      startedNanos = nanoTime.getAsLong();
      out.writeLong(0);
      out.writeInt(NONE);
    }

    @Override
    public synchronized void commit(Batch batch) {
      long nanos = nanoTime.getAsLong() - startedNanos;
      store.commit(batch);
      try {
        out.writeLong(nanos);
        out.writeInt(batch.size());
        batch.forEach(this::write);
      } catch (IOException full) {
        throw new UncheckedIOException(full);
      }
    }

    private void write(Space space, byte[] key, byte @Nullable [] value) {
      try {
        out.writeUTF(space.name());
        out.writeInt(key.length);
        out.write(key);
        out.writeInt(value == null ? NONE : value.length);
        if (value != null) {
          out.write(value);
        }
      } catch (IOException full) {
        throw new UncheckedIOException(full);
      }
    }

    @Override
    public synchronized void close() {
      super.close();
      try {
        out.close();
      } catch (IOException full) {
        throw new UncheckedIOException(full);
      }
    }
  }

  /** Reads a trace from its beginning. Not thread-safe. */
  static final class Reader implements AutoCloseable {
    private final DataInputStream in;

    Reader(Path file) throws IOException {
      this.in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)));
    }

    /** Returns the next entry; empty at the end. */
    Optional<Entry> next() throws IOException {
      long nanos;
      try {
        nanos = in.readLong();
      } catch (EOFException end) {
        return Optional.empty();
      }
      int changes = in.readInt();
      if (changes == NONE) {
        return Optional.of(new Entry(nanos, Optional.empty()));
      }
      List<Change> all = new ArrayList<>();
      for (int i = 0; i < changes; i++) {
        Space space = Space.valueOf(in.readUTF());
        byte[] key = in.readNBytes(in.readInt());
        int length = in.readInt();
        all.add(new Change(space, key, length == NONE ? null : in.readNBytes(length)));
      }
      return Optional.of(new Entry(nanos, Optional.of(new Changes(all))));
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Change(Space space, byte[] key, byte @Nullable [] value) {}

  private record Changes(List<Change> all) implements Batch {
    @Override
    public void forEach(Batch.Visitor visitor) {
      all.forEach(change -> visitor.visit(change.space, change.key, change.value));
    }

    @Override
    public int size() {
      return all.size();
    }
  }
}
