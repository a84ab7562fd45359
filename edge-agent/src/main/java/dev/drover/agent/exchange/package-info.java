/**
 * What passes between this device and its hub: commands in, events and audit batches out, and the
 * time that the hub proves. Adapters between the links and the machines.
 */
@NullMarked
package dev.drover.agent.exchange;

import org.jspecify.annotations.NullMarked;
