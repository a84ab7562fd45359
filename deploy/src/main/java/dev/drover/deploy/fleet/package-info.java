/**
 * A fleet on this machine, every part a process of its own, and what an operator asks of it: shared
 * by the demo and the benchmarks.
 *
 * <p>{@code FleetProcesses} starts, kills and stops parts through the launcher; {@code Jobs} makes
 * jobs and waits for them; {@code Machine} is where it all runs.
 */
@NullMarked
package dev.drover.deploy.fleet;

import org.jspecify.annotations.NullMarked;
