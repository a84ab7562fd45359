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
import org.rocksdb.IndexType;
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

  /**
   * A block that is larger than a shard is never kept, and by default a cache of this size has 64
   * shards of half a MiB: too small for the filter of a file of 64 MiB, which each read of a row
   * would read and unpack anew.
   */
  private static final int CACHE_SHARD_BITS = 2;

  /** Share of the cache that is for indexes and filters first. */
  private static final double INDEX_SHARE = 0.5;

  private final Cache cache = new LRUCache(32 * MIB, CACHE_SHARD_BITS, false, INDEX_SHARE);
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
          .setDbWriteBufferSize(24 * MIB)
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
            .setCacheIndexAndFilterBlocksWithHighPriority(true)
            // Indexes and filters in blocks of 4 KiB below a small one that stays.
            .setIndexType(IndexType.kTwoLevelIndexSearch)
            .setPartitionFilters(rows)
            .setPinTopLevelIndexAndFilter(true)
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
