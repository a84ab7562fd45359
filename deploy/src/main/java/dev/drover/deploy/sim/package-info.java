/**
 * The fleet simulation: the shipped cores of a hub and of many agents, in one thread, from one
 * seed.
 *
 * <p>{@code SimWorld} holds the time, what is to happen when, and the loop that chooses what
 * happens next; {@code SimHub} and {@code SimAgent} put the shipped parts together over the
 * simulated engine, {@code SimBroker} is the network between them. {@code FaultScript} breaks
 * things, {@code OperatorScript} works with the hub. {@code Ledger} notes what devices really did,
 * and {@code Invariants} hold hub and agents against it after every event. Nothing here reads a
 * clock of this machine, starts a thread or draws a number that the seed did not give: the same
 * options give the same trace.
 */
@NullMarked
package dev.drover.deploy.sim;

import org.jspecify.annotations.NullMarked;
