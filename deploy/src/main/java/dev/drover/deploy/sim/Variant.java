package dev.drover.deploy.sim;

import dev.drover.agent.core.ControlLink;
import dev.drover.hub.core.BrokerLink;
import dev.drover.machine.EffectHandler;
import dev.drover.machine.Machine;
import dev.drover.machine.runtime.Store;

/**
 * What stands in for a shipped part. The shipped parts stand for themselves; tests put defects in
 * their place, which the simulation has to find.
 */
interface Variant {
  /** Everything as it is shipped. */
  Variant SHIPPED = new Variant() {};

  /** Learns in which world it stands in, before anything happens there. */
  default void begin(SimWorld world) {}

  /** Returns what steps in place of a machine. */
  default Machine<?> machine(Machine<?> shipped) {
    return shipped;
  }

  /** Returns what performs effects of a kind in place of its handler. */
  default EffectHandler handler(String kind, EffectHandler shipped) {
    return shipped;
  }

  /** Returns what keeps rows in place of a store, called for each process. */
  default Store store(String node, Store shipped) {
    return shipped;
  }

  /** Returns what the hub publishes to in place of its link. */
  default BrokerLink hubLink(BrokerLink shipped) {
    return shipped;
  }

  /** Returns what an agent publishes to in place of its link. */
  default ControlLink deviceLink(String device, ControlLink shipped) {
    return shipped;
  }

  /** Returns the bytes that a device takes for what came. */
  default byte[] arrives(String device, byte[] payload) {
    return payload;
  }
}
