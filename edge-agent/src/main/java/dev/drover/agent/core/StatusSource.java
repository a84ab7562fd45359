package dev.drover.agent.core;

import dev.drover.v1.AgentStatus;

/** What the agent says about itself to programs on the device. */
@FunctionalInterface
public interface StatusSource {
  /** Returns the present status, durable parts as committed. */
  AgentStatus status();
}
