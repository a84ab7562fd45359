package dev.drover.agent.sense;

import dev.drover.v1.PowerSource;

/** What the owner says about the device's power. */
public enum PowerSetting {
  /** Nothing: the device finds out. */
  AUTO,
  /** It always has mains. */
  MAINS,
  /** It lives on a battery. */
  BATTERY;

  PowerSource orElse(PowerSource found) {
    return switch (this) {
      case AUTO -> found;
      case MAINS -> PowerSource.MAINS;
      case BATTERY -> PowerSource.BATTERY;
    };
  }
}
