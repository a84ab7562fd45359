package dev.drover.agent.store;

import dev.drover.engine.StoreDirectory;
import dev.drover.machine.runtime.Batch;
import dev.drover.machine.runtime.Space;
import dev.drover.machine.runtime.Store;
import dev.drover.machine.runtime.StoreFailure;
import dev.drover.wire.ErrorCode;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * A store on SQLite: a table for each space, a transaction for each batch, synced to the
 * write-ahead log before it returns.
 *
 * <p>One connection, used under one lock; a view keeps the lock until it is closed, so readers are
 * to be short.
 */
final class SqliteStore implements Store {
  private static final int CACHE_KIB = 512;
  private static final long LIBRARY_BYTES = 2 << 20;
  private static final int LOG_BYTES_MAX = 1 << 20;
  private static final int CHECKPOINT_PAGES = 200;

  private final StoreDirectory directory;
  private final Connection connection;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Space, Statements> statements = new EnumMap<>(Space.class);

  private SqliteStore(StoreDirectory directory, Connection connection) throws SQLException {
    this.directory = directory;
    this.connection = connection;
    for (Space space : Space.values()) {
      statements.put(space, new Statements(connection, space));
    }
  }

  /** Opens the database in a directory, which is given back when the store is closed. */
  static SqliteStore open(StoreDirectory directory) {
    Path libraries = directory.nativeLibraries(LIBRARY_BYTES);
    // Read once, when the driver unpacks its library; the common temporary directory would keep
    // what a killed process leaves.
    System.setProperty("org.sqlite.tmpdir", libraries.toString());
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setLockingMode(SQLiteConfig.LockingMode.EXCLUSIVE);
    config.setTempStore(SQLiteConfig.TempStore.MEMORY);
    config.setCacheSize(-CACHE_KIB);
    config.setJournalSizeLimit(LOG_BYTES_MAX);
    @Nullable Connection connection = null;
    try {
      String url = "jdbc:sqlite:" + directory.resolve("engine.sqlite");
      connection = JDBC.createConnection(url, config.toProperties());
      execute(connection, "PRAGMA wal_autocheckpoint=" + CHECKPOINT_PAGES);
      for (Space space : Space.values()) {
        execute(
            connection,
            "CREATE TABLE IF NOT EXISTS "
                + table(space)
                + " (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID");
      }
      return new SqliteStore(directory, connection);
    } catch (SQLException e) {
      closeQuietly(connection, e);
      throw failure(directory.openFailed(e), e).toException();
    }
  }

  @Override
  public byte @Nullable [] get(Space space, byte[] key) {
    lock.lock();
    try {
      PreparedStatement get = of(space).get;
      get.setBytes(1, key);
      try (ResultSet found = get.executeQuery()) {
        return found.next() ? notNull(found.getBytes(1)) : null;
      }
    } catch (SQLException e) {
      throw failure("cannot read from the store", e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void scan(Space space, byte[] from, byte[] to, Visitor visitor) {
    lock.lock();
    // Prepared for each scan, because a visitor may read on while this one is open.
    try (PreparedStatement scan =
        connection.prepareStatement(
            "SELECT k, v FROM " + table(space) + " WHERE k >= ? AND k < ? ORDER BY k")) {
      scan.setBytes(1, from);
      scan.setBytes(2, to);
      try (ResultSet entries = scan.executeQuery()) {
        boolean more = true;
        while (more && entries.next()) {
          more = visitor.visit(notNull(entries.getBytes(1)), notNull(entries.getBytes(2)));
        }
      }
    } catch (SQLException e) {
      throw failure("cannot scan the store", e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void commit(Batch batch) {
    lock.lock();
    try {
      execute(connection, "BEGIN IMMEDIATE");
      batch.forEach(this::change);
      execute(connection, "COMMIT");
    } catch (SQLException e) {
      throw undone(failure("cannot write to the store", e));
    } catch (StoreFailure e) {
      throw undone(e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public View view() {
    lock.lock();
    return new LockedView();
  }

  @Override
  public void close() {
    lock.lock();
    try {
      for (Statements ofSpace : statements.values()) {
        ofSpace.close();
      }
      connection.close();
    } catch (SQLException e) {
      throw failure("cannot close the store", e).toException();
    } finally {
      lock.unlock();
      directory.close();
    }
  }

  private void change(Space space, byte[] key, byte @Nullable [] value) {
    try {
      PreparedStatement change = value == null ? of(space).delete : of(space).put;
      change.setBytes(1, key);
      if (value != null) {
        change.setBytes(2, value);
      }
      change.executeUpdate();
    } catch (SQLException e) {
      throw failure("cannot write to the store", e);
    }
  }

  private StoreFailure undone(StoreFailure failure) {
    try {
      execute(connection, "ROLLBACK");
    } catch (SQLException alreadyRolledBack) {
      failure.addSuppressed(alreadyRolledBack);
    }
    return failure;
  }

  private Statements of(Space space) {
    Statements ofSpace = statements.get(space);
    if (ofSpace == null) {
      throw new IllegalStateException("No such space");
    }
    return ofSpace;
  }

  /** The driver returns null for an empty value. */
  private static byte[] notNull(byte @Nullable [] bytes) {
    return bytes == null ? new byte[0] : bytes;
  }

  private static String table(Space space) {
    return "engine_" + space.name().toLowerCase(Locale.ROOT);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void closeQuietly(@Nullable Connection connection, SQLException reason) {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        reason.addSuppressed(e);
      }
    }
  }

  private static StoreFailure failure(String what, SQLException cause) {
    boolean full =
        cause instanceof SQLiteException sqlite
            && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_FULL;
    return new StoreFailure(full ? ErrorCode.DISK_FULL : ErrorCode.STORE_FAILED, what, cause);
  }

  /** The statements of one table. */
  private static final class Statements implements AutoCloseable {
    final PreparedStatement get;
    final PreparedStatement put;
    final PreparedStatement delete;

    Statements(Connection connection, Space space) throws SQLException {
      String table = table(space);
      get = connection.prepareStatement("SELECT v FROM " + table + " WHERE k = ?");
      put =
          connection.prepareStatement(
              "INSERT INTO "
                  + table
                  + " VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v");
      delete = connection.prepareStatement("DELETE FROM " + table + " WHERE k = ?");
    }

    @Override
    public void close() throws SQLException {
      get.close();
      put.close();
      delete.close();
    }
  }

  /** The present state, which nothing changes while this is open. */
  private final class LockedView implements View {
    @Override
    public byte @Nullable [] get(Space space, byte[] key) {
      return SqliteStore.this.get(space, key);
    }

    @Override
    public void scan(Space space, byte[] from, byte[] to, Visitor visitor) {
      SqliteStore.this.scan(space, from, to, visitor);
    }

    @Override
    public void close() {
      lock.unlock();
    }
  }
}
