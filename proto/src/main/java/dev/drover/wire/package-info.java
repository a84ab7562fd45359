/**
 * What travels between devices, hub and operators, beside the protobuf messages themselves: topic
 * names, limits, error codes, signed envelopes and the guard that every message from a device
 * passes.
 */
@NullMarked
package dev.drover.wire;

import org.jspecify.annotations.NullMarked;
