/**
 * The device engine: {@link dev.drover.engine.StoreEngine} over SQLite in the agent's process.
 * Write-ahead log with a sync per group of events, one connection, a small cache.
 */
@NullMarked
package dev.drover.agent.store;

import org.jspecify.annotations.NullMarked;
