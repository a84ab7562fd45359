package dev.drover.hub.core;

import dev.drover.hub.core.ExecutionMachine.Event;
import dev.drover.hub.core.ExecutionMachine.State;
import dev.drover.hub.v1.ExecutionRow;
import dev.drover.hub.v1.ExecutionTimer;
import dev.drover.wire.ErrorCode;

/**
 * How long an execution may stay in each state: the part of an {@link ExecutionMachine} that takes
 * its timers. One timer per execution is set to the earliest of its limits. Pure.
 */
final class ExecutionTimers {
  private ExecutionTimers() {}

  /** Returns when the execution cannot go on as it is, engine time, grace included. */
  static long nextMs(ExecutionRow.Builder row) {
    long atMs =
        switch (ExecutionRows.stateOf(row)) {
          case QUEUED -> earlier(row.getQueueUntilMs(), row.getDeadlineMs());
          case GRANTED ->
              earlier(
                  row.getOfferUntilMs(), Math.min(row.getLeaseExpiresMs(), row.getDeadlineMs()));
          case RUNNING ->
              earlier(row.getStepUntilMs(), earlier(row.getRunUntilMs(), row.getDeadlineMs()));
          default -> row.getDeadlineMs();
        };
    return atMs + graceMs(row);
  }

  private static long earlier(long limitMs, long otherMs) {
    return limitMs == 0 ? otherMs : Math.min(limitMs, otherMs);
  }

  /** What only the hub knows of needs no time to arrive. */
  private static long graceMs(ExecutionRow.Builder row) {
    return ExecutionRows.stateOf(row) == State.QUEUED ? 0 : ExecutionMachine.GRACE_MS;
  }

  private static boolean over(ExecutionChange change, ExecutionRow.Builder row, long limitMs) {
    return limitMs != 0 && change.nowMs >= limitMs + graceMs(row);
  }

  /** Notes that the execution has started. */
  static void started(ExecutionChange change, ExecutionRow.Builder row) {
    long runMs = row.getTimers().getRunSeconds() * 1000;
    row.setRunUntilMs(runMs == 0 ? 0 : change.nowMs + runMs);
  }

  /** Notes that the execution has got on. */
  static void gotOn(ExecutionChange change, ExecutionRow.Builder row) {
    long stepMs = row.getTimers().getStepSeconds() * 1000;
    row.setStepUntilMs(stepMs == 0 ? 0 : change.nowMs + stepMs);
  }

  /**
   * Gives devices that were sent a lease the time of the offer once more, after the hub started:
   * nobody was there to hear what they accepted, and they accept nothing later than they were told.
   */
  static void offerAgain(ExecutionChange change) {
    for (ExecutionRow.Builder row : change.openRows()) {
      long offerMs = row.getTimers().getOfferSeconds() * 1000;
      boolean waits = ExecutionRows.stateOf(row) == State.GRANTED && row.getSent();
      if (waits && offerMs != 0) {
        row.setOfferUntilMs(Math.max(row.getOfferUntilMs(), change.nowMs + offerMs));
        change.watch(row);
      }
    }
  }

  static void fired(ExecutionChange change, ExecutionTimer timer) {
    ExecutionRow.Builder row = change.find(timer.getExecution());
    if (row == null
        || row.getExecution().getAttempt() != timer.getAttempt()
        || !ExecutionRows.isOpen(row)) {
      return;
    }
    if (over(change, row, row.getDeadlineMs())) {
      deadline(change, row);
      return;
    }
    switch (ExecutionRows.stateOf(row)) {
      case QUEUED -> {
        if (over(change, row, row.getQueueUntilMs())) {
          change.end(row, Event.QUEUE_EXPIRED, State.REJECTED, ErrorCode.DEADLINE_EXCEEDED);
          return;
        }
      }
      case GRANTED -> {
        if (over(change, row, row.getLeaseExpiresMs())) {
          change.queue.withdraw(row, false);
          change.end(row, Event.LEASE_EXPIRED, State.UNREACHABLE, ErrorCode.LEASE_EXPIRED);
          return;
        }
        if (over(change, row, row.getOfferUntilMs())) {
          change.queue.withdraw(row, false);
          change.end(row, Event.OFFER_EXPIRED, State.UNREACHABLE, ErrorCode.DEADLINE_EXCEEDED);
          return;
        }
      }
      case RUNNING -> {
        if (over(change, row, row.getRunUntilMs())) {
          stop(change, row, Event.RUN_EXPIRED);
          return;
        }
        if (over(change, row, row.getStepUntilMs())) {
          stop(change, row, Event.STEP_EXPIRED);
          return;
        }
      }
      default -> {}
    }
    change.watch(row);
  }

  private static void deadline(ExecutionChange change, ExecutionRow.Builder row) {
    if (ExecutionRows.stateOf(row) == State.QUEUED) {
      change.end(row, Event.DEADLINE, State.REJECTED, ErrorCode.DEADLINE_EXCEEDED);
      return;
    }
    change.queue.withdraw(row, true);
    change.end(row, Event.DEADLINE, State.UNREACHABLE, ErrorCode.DEADLINE_EXCEEDED);
  }

  private static void stop(ExecutionChange change, ExecutionRow.Builder row, Event event) {
    change.queue.withdraw(row, true);
    change.end(row, event, State.TIMED_OUT, ErrorCode.DEADLINE_EXCEEDED);
  }
}
