package dev.drover.agent.core;

import dev.drover.agent.v1.TurnRow;
import java.util.List;

/** What waits on this device, and the owner's word on it. Thread-safe. */
public interface OwnerConsent {
  /** Returns the executions that have not started, in the order in which they would. */
  List<TurnRow> waiting();

  /**
   * Says yes to an execution; recorded and durable on return. It then starts as soon as nothing
   * else keeps it from that.
   *
   * @throws dev.drover.wire.DroverException {@code NOT_FOUND} where none of this name waits
   */
  void give(String execution);
}
