/**
 * The rim of the engines of one process: {@link dev.drover.engine.StoreEngine} turns the core of
 * {@link dev.drover.machine.runtime} on threads, {@link dev.drover.engine.StoreDirectory} owns the
 * directory in which a store lies. Hub and agent add their disks.
 */
@NullMarked
package dev.drover.engine;

import org.jspecify.annotations.NullMarked;
