package dev.drover.agent.core;

import dev.drover.v1.ExecutionState;

/** Where an execution of a question or a tool call stands on the device. */
public enum RunState {
  /** Not known here. */
  NONE(ExecutionState.EXECUTION_STATE_UNSPECIFIED),
  /** Durable, not started. */
  ACCEPTED(ExecutionState.ACCEPTED),
  /** Its effect may have begun. */
  RUNNING(ExecutionState.RUNNING),
  /** Done. */
  SUCCEEDED(ExecutionState.SUCCEEDED),
  /** It was tried and did not succeed. */
  FAILED(ExecutionState.FAILED),
  /** Refused before anything was started. */
  REJECTED(ExecutionState.REJECTED),
  /** Ended on request. */
  CANCELLED(ExecutionState.CANCELLED),
  /** It cannot be known whether its effect happened; never repeated. */
  OUTCOME_UNKNOWN(ExecutionState.OUTCOME_UNKNOWN);

  private final ExecutionState wire;

  RunState(ExecutionState wire) {
    this.wire = wire;
  }

  /** Returns the state as it is stored and reported. */
  public ExecutionState wire() {
    return wire;
  }

  /** Returns whether it has ended. */
  public boolean ended() {
    return this != NONE && this != ACCEPTED && this != RUNNING;
  }

  /** Returns the state that is stored so; {@link #NONE} for one that no execution here has. */
  public static RunState of(ExecutionState wire) {
    for (RunState state : values()) {
      if (state.wire == wire) {
        return state;
      }
    }
    return NONE;
  }
}
