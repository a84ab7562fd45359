package dev.drover.agent.sense;

import dev.drover.v1.NetworkCost;

/** What the owner says about the device's network. */
public enum NetworkSetting {
  /** Nothing: the device finds out. */
  AUTO,
  /** Bytes cost nothing. */
  UNMETERED,
  /** Bytes cost money. */
  METERED;

  NetworkCost orElse(NetworkCost found) {
    return switch (this) {
      case AUTO -> found;
      case UNMETERED -> NetworkCost.UNMETERED;
      case METERED -> NetworkCost.METERED;
    };
  }
}
