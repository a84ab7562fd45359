package dev.drover.hub.core;

import dev.drover.hub.v1.ExecutionHead;
import dev.drover.hub.v1.ExecutionRow;
import dev.drover.hub.v1.ExecutionRowOrBuilder;
import dev.drover.machine.RowReader;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.WaitReason;
import java.util.Optional;

/** Reads the rows of an {@link ExecutionMachine}. Pure. */
public final class ExecutionRows {
  static final String HEAD = "head";
  static final String EXECUTION = "x/";
  static final String OPEN = "a/";
  static final String COMMAND = "c/";
  static final String QUEUE = "q/";

  private ExecutionRows() {}

  /** Returns an execution as operators see it, without the words of its answer. */
  public static Optional<Execution> execution(RowReader rows, String execution) {
    return StoredRows.find(rows, EXECUTION + execution, ExecutionRow.parser())
        .map(row -> row.getExecution().toBuilder().setUntilMs(untilMs(row)).build());
  }

  /** Returns when the hub ends it if nothing changes, 0 where it has ended. */
  private static long untilMs(ExecutionRow row) {
    return switch (stateOf(row)) {
      case QUEUED -> earlier(row.getQueueUntilMs(), row.getDeadlineMs());
      case GRANTED -> earlier(row.getOfferUntilMs(), row.getLeaseExpiresMs());
      case ACCEPTED ->
          row.getExecution().getWaitsFor() == WaitReason.WAIT_REASON_UNSPECIFIED
              ? row.getDeadlineMs()
              : row.getLeaseExpiresMs();
      case RUNNING ->
          earlier(row.getStepUntilMs(), earlier(row.getRunUntilMs(), row.getDeadlineMs()));
      default -> 0;
    };
  }

  /** Returns the earlier of two times, of which the first may be none. */
  private static long earlier(long mayBeNone, long other) {
    return mayBeNone == 0 ? other : Math.min(mayBeNone, other);
  }

  /** Returns numbering and counters of a device's commands. */
  public static ExecutionHead head(RowReader rows) {
    return StoredRows.get(
        rows, HEAD, ExecutionHead.parser(), ExecutionHead.newBuilder().setHubEpoch(1).build());
  }

  /** Returns the id of an execution; a device never sees two with the same one. */
  public static String id(String job, int target) {
    return job + "-" + target;
  }

  static ExecutionMachine.State stateOf(ExecutionRowOrBuilder row) {
    return switch (row.getExecution().getState()) {
      case GRANTED -> ExecutionMachine.State.GRANTED;
      case ACCEPTED -> ExecutionMachine.State.ACCEPTED;
      case RUNNING -> ExecutionMachine.State.RUNNING;
      case SUCCEEDED -> ExecutionMachine.State.SUCCEEDED;
      case FAILED -> ExecutionMachine.State.FAILED;
      case REJECTED -> ExecutionMachine.State.REJECTED;
      case OUTCOME_UNKNOWN -> ExecutionMachine.State.OUTCOME_UNKNOWN;
      case CANCELLED -> ExecutionMachine.State.CANCELLED;
      case UNREACHABLE -> ExecutionMachine.State.UNREACHABLE;
      case TIMED_OUT -> ExecutionMachine.State.TIMED_OUT;
      case QUEUED -> ExecutionMachine.State.QUEUED;
      case EXECUTION_STATE_UNSPECIFIED, UNRECOGNIZED -> ExecutionMachine.State.NONE;
    };
  }

  static ExecutionState wire(ExecutionMachine.State state) {
    return switch (state) {
      case NONE -> ExecutionState.EXECUTION_STATE_UNSPECIFIED;
      case GRANTED -> ExecutionState.GRANTED;
      case ACCEPTED -> ExecutionState.ACCEPTED;
      case RUNNING -> ExecutionState.RUNNING;
      case SUCCEEDED -> ExecutionState.SUCCEEDED;
      case FAILED -> ExecutionState.FAILED;
      case REJECTED -> ExecutionState.REJECTED;
      case OUTCOME_UNKNOWN -> ExecutionState.OUTCOME_UNKNOWN;
      case CANCELLED -> ExecutionState.CANCELLED;
      case UNREACHABLE -> ExecutionState.UNREACHABLE;
      case TIMED_OUT -> ExecutionState.TIMED_OUT;
      case QUEUED -> ExecutionState.QUEUED;
    };
  }

  /** Returns whether it waits, or the device may still have something to do for it. */
  static boolean isOpen(ExecutionRowOrBuilder row) {
    return switch (stateOf(row)) {
      case QUEUED, GRANTED, ACCEPTED, RUNNING -> true;
      default -> false;
    };
  }
}
