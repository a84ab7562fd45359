/**
 * The hub's core: its machines and the ports through which they reach the world. Imports no
 * network, store, thread or clock.
 */
@NullMarked
package dev.drover.hub.core;

import org.jspecify.annotations.NullMarked;
