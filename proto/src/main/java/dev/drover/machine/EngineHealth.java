package dev.drover.machine;

import dev.drover.wire.ErrorCode;
import java.util.Optional;

/**
 * How an engine does, at one moment.
 *
 * @param failure why the engine refuses everything until a restart; empty while it works
 * @param waiting events accepted and not yet answered
 * @param owed effects and sends that are durable and not yet done
 * @param events events stepped since the start
 * @param groups groups of events made durable since the start, each by one write
 * @param refused events refused because a queue was full, since the start
 * @param retries effects that failed and were put off, since the start
 * @param dropped timers and sends dropped because a machine's step failed, since the start; any is
 *     a defect
 */
public record EngineHealth(
    Optional<ErrorCode> failure,
    long waiting,
    long owed,
    long events,
    long groups,
    long refused,
    long retries,
    long dropped) {
  /** Returns whether the engine accepts events. */
  public boolean ok() {
    return failure.isEmpty();
  }
}
