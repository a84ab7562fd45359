/**
 * How messages between hub and device prove who made them, whatever the broker does: commands carry
 * a signature of the hub that covers a batch, events a MAC under a key that only hub and device
 * know, audit batches a signature of the device's audit key. Pure.
 */
@NullMarked
package dev.drover.envelope;

import org.jspecify.annotations.NullMarked;
