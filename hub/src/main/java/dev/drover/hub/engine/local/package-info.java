/**
 * The embedded engine: {@link dev.drover.engine.StoreEngine} over RocksDB in the hub's process. One
 * write-ahead log, one synced batch per group of events, one column family for each space of the
 * store.
 */
@NullMarked
package dev.drover.hub.engine.local;

import org.jspecify.annotations.NullMarked;
