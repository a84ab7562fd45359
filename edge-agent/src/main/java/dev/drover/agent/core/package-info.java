/**
 * The agent's core: its machines and the ports through which they reach the world. Imports no
 * network, store, thread or clock.
 */
@NullMarked
package dev.drover.agent.core;

import org.jspecify.annotations.NullMarked;
