package dev.drover.hub.engine.local;

import dev.drover.engine.StoreDirectory;
import dev.drover.machine.runtime.Batch;
import dev.drover.machine.runtime.Space;
import dev.drover.machine.runtime.Store;
import dev.drover.machine.runtime.StoreFailure;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;

/**
 * A store on RocksDB: a column family for each space, a synced write for each batch.
 *
 * <p>Native objects are closed in the one order that does not crash the process: iterators and
 * snapshots, column families, database, options, cache.
 */
final class RocksStore implements Store {
  private static final String DATABASE = "rocksdb";
  private static final long LIBRARY_BYTES = 24L << 20;

  private final StoreDirectory directory;
  private final RocksOptions options;
  private final RocksDB db;
  private final List<ColumnFamilyHandle> handles;
  private final Map<Space, ColumnFamilyHandle> families;

  private RocksStore(
      StoreDirectory directory,
      RocksOptions options,
      RocksDB db,
      List<ColumnFamilyHandle> handles,
      Map<Space, ColumnFamilyHandle> families) {
    this.directory = directory;
    this.options = options;
    this.db = db;
    this.handles = handles;
    this.families = families;
  }

  /** Opens the database in a directory, which is given back when the store is closed. */
  static RocksStore open(StoreDirectory directory) {
    RocksLibrary.load(directory.nativeLibraries(LIBRARY_BYTES));
    RocksOptions options = new RocksOptions();
    List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
    ColumnFamilyOptions unused = options.family(Space.META);
    descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, unused));
    for (Space space : Space.values()) {
      byte[] name = space.name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
      descriptors.add(new ColumnFamilyDescriptor(name, options.family(space)));
    }
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try {
      String path = directory.resolve(DATABASE).toString();
      RocksDB db = RocksDB.open(options.db, path, descriptors, handles);
      Map<Space, ColumnFamilyHandle> families = new EnumMap<>(Space.class);
      int next = 1;
      for (Space space : Space.values()) {
        families.put(space, handles.get(next++));
      }
      return new RocksStore(directory, options, db, handles, families);
    } catch (RocksDBException e) {
      options.close();
      throw failure(directory.openFailed(e), e).toException();
    }
  }

  @Override
  public byte @Nullable [] get(Space space, byte[] key) {
    return get(options.read, space, key);
  }

  @Override
  public void scan(Space space, byte[] from, byte[] to, Visitor visitor) {
    try (ReadOptions read = new ReadOptions()) {
      scan(read, space, from, to, visitor);
    }
  }

  @Override
  public void commit(Batch batch) {
    try (WriteBatch writes = new WriteBatch()) {
      batch.forEach((space, key, value) -> add(writes, family(space), key, value));
      db.write(options.synced, writes);
    } catch (RocksDBException e) {
      throw failure("cannot write to the store", e);
    }
  }

  @Override
  public View view() {
    return new SnapshotView();
  }

  @Override
  public void close() {
    handles.forEach(ColumnFamilyHandle::close);
    db.close();
    options.close();
    directory.close();
  }

  private ColumnFamilyHandle family(Space space) {
    ColumnFamilyHandle family = families.get(space);
    if (family == null) {
      throw new IllegalStateException("No such space");
    }
    return family;
  }

  private static void add(
      WriteBatch writes, ColumnFamilyHandle family, byte[] key, byte @Nullable [] value) {
    try {
      if (value == null) {
        writes.delete(family, key);
      } else {
        writes.put(family, key, value);
      }
    } catch (RocksDBException e) {
      throw failure("cannot make a batch", e);
    }
  }

  private byte @Nullable [] get(ReadOptions read, Space space, byte[] key) {
    try {
      return db.get(family(space), read, key);
    } catch (RocksDBException e) {
      throw failure("cannot read from the store", e);
    }
  }

  /** Scans with read options of the caller's own, whose upper bound this sets. */
  private void scan(ReadOptions read, Space space, byte[] from, byte[] to, Visitor visitor) {
    try (Slice end = new Slice(to);
        RocksIterator entries = db.newIterator(family(space), read.setIterateUpperBound(end))) {
      entries.seek(from);
      while (entries.isValid() && visitor.visit(entries.key(), entries.value())) {
        entries.next();
      }
      entries.status();
    } catch (RocksDBException e) {
      throw failure("cannot scan the store", e);
    }
  }

  private static StoreFailure failure(String what, RocksDBException cause) {
    Status status = cause.getStatus();
    boolean full = status != null && status.getSubCode() == Status.SubCode.NoSpace;
    return new StoreFailure(full ? ErrorCode.DISK_FULL : ErrorCode.STORE_FAILED, what, cause);
  }

  /** One committed state, held by a snapshot. */
  private final class SnapshotView implements View {
    private final Snapshot snapshot = db.getSnapshot();
    private final ReadOptions read = new ReadOptions().setSnapshot(snapshot);

    @Override
    public byte @Nullable [] get(Space space, byte[] key) {
      return RocksStore.this.get(read, space, key);
    }

    @Override
    public void scan(Space space, byte[] from, byte[] to, Visitor visitor) {
      try (ReadOptions own = new ReadOptions(read)) {
        RocksStore.this.scan(own, space, from, to, visitor);
      }
    }

    @Override
    public void close() {
      read.close();
      db.releaseSnapshot(snapshot);
      snapshot.close();
    }
  }
}
