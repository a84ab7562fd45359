/**
 * The fleet of one tenant, with devices that say what a test tells them to.
 *
 * <p>{@code SimWorld} is a hub with its shipped services on the simulated engine, and {@code
 * SimDevice} the protocol of a device without an agent behind it. What it gives beside the fleet
 * simulation in {@code deploy}, which has the shipped agents and looks for what nobody thought of:
 * one history that is told step by step, with its exact outcome; devices that lie, skip and repeat
 * as no shipped agent would, so that what the hub refuses is counted; and all of that in the hub's
 * own build. Faults by chance, and invariants, belong there.
 */
package dev.drover.hub.fleet;
