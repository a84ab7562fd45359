/**
 * The contract of machines and engines.
 *
 * <p>A lifecycle is a {@link dev.drover.machine.Machine}: a pure function from the rows of one key,
 * an event and a time to a {@link dev.drover.machine.Step}, which says what changes and what is
 * owed to the world. A machine does no I/O, reads no clock, draws no random number and starts no
 * thread; what it needs of these comes in with the event. A {@link dev.drover.machine.Table} holds
 * its transitions, so that tests can walk them and diagrams can be drawn from them.
 *
 * <p>An {@link dev.drover.machine.Engine} feeds machines: it takes events in order for a key, runs
 * the step, makes its row changes, timers and effects durable together, and only then answers and
 * performs the effects. A machine owns one key and reads no other; it reaches others by sending
 * events. So no transaction spans two keys, and an engine that spreads keys over many machines fits
 * the same contract.
 *
 * <p>{@code dev.drover.machine.runtime} holds what the engines of one process share.
 */
@NullMarked
package dev.drover.machine;

import org.jspecify.annotations.NullMarked;
