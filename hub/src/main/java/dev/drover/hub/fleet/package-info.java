/**
 * Joins the core to engine and broker: takes what devices send, publishes what machines owe, and
 * offers operators' actions to the API. Holds no state of its own but counters and what is on its
 * way.
 */
@NullMarked
package dev.drover.hub.fleet;

import org.jspecify.annotations.NullMarked;
