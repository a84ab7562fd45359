/**
 * What the engines of one process share: everything of {@link dev.drover.machine.Engine} but the
 * disk and the threads.
 *
 * <p>{@link dev.drover.machine.runtime.EngineCore} is turned by whoever is its committer: a turn
 * takes what waits (submissions, due timers, sends between machines, outcomes of effects), steps
 * the machines over an overlay of the committed state, writes the whole group in one synced batch
 * of a {@link dev.drover.machine.runtime.Store}, and only then lets replies and effects go, to
 * executors that it was given. While one batch is being synced the next one gathers, so that groups
 * grow with the load and nothing waits for a clock. A store is a sorted map of four spaces with an
 * atomic, durable batch, which RocksDB, SQLite and a simulated disk all are.
 *
 * <p>{@code dev.drover.engine} adds threads and a directory; the simulated engine turns the same
 * core by hand.
 */
@NullMarked
package dev.drover.machine.runtime;

import org.jspecify.annotations.NullMarked;
