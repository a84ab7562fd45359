package dev.drover.agent.core;

import dev.drover.v1.DeviceHealth;

/** Numbers about the device that placement uses. */
@FunctionalInterface
public interface HealthSource {
  /** Returns present values; what the device cannot tell is 0. Cheap, does not block. */
  DeviceHealth sample();
}
