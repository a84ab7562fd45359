/**
 * The device's own records of what it did: kept with their keys for the owner, committed to towards
 * the hub.
 */
@NullMarked
package dev.drover.agent.audit;

import org.jspecify.annotations.NullMarked;
