package dev.drover.hub.engine.local;

import dev.drover.machine.runtime.Space;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteOptions;

/**
 * RocksDB's settings for a hub of at most 300 MB, and the native objects behind them, which are
 * closed after the database and before the cache.
 */
final class RocksOptions implements AutoCloseable {
  private static final long MIB = 1 << 20;
  private static final int BLOOM_BITS = 10;

  private final Cache cache = new LRUCache(32 * MIB);
  private final BloomFilter bloom = new BloomFilter(BLOOM_BITS);
  private final List<ColumnFamilyOptions> families = new ArrayList<>();

  final DBOptions db =
      new DBOptions()
          .setCreateIfMissing(true)
          .setCreateMissingColumnFamilies(true)
          // Point-in-time recovery goes with recycled logs, which spare an inode update per sync.
          .setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery)
          .setRecycleLogFileNum(4)
          .setMaxTotalWalSize(64 * MIB)
          .setDbWriteBufferSize(48 * MIB)
          .setMaxBackgroundJobs(2)
          .setBytesPerSync(MIB)
          .setMaxOpenFiles(256)
          .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
          .setMaxLogFileSize(MIB)
          .setKeepLogFileNum(4);

  final WriteOptions synced = new WriteOptions().setSync(true);
  final ReadOptions read = new ReadOptions();

  /** Returns the options of a space's column family, which live as long as this object. */
  ColumnFamilyOptions family(Space space) {
    boolean rows = space == Space.ROWS;
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setCacheIndexAndFilterBlocks(true)
            .setPinL0FilterAndIndexBlocksInCache(true);
    if (rows) {
      table.setFilterPolicy(bloom);
    }
    ColumnFamilyOptions family =
        new ColumnFamilyOptions()
            .setTableFormatConfig(table)
            .setCompressionType(CompressionType.LZ4_COMPRESSION)
            .setWriteBufferSize((rows ? 16 : 8) * MIB)
            .setMaxWriteBufferNumber(2);
    families.add(family);
    return family;
  }

  /** Closes the options; after the database. */
  @Override
  public void close() {
    db.close();
    families.forEach(ColumnFamilyOptions::close);
    synced.close();
    read.close();
    bloom.close();
    cache.close();
  }
}
