package dev.drover.agent.core;

import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstallPhase;

/** Where the installation of a release stands on the device. */
public enum InstallState {
  /** Nothing was ever offered. */
  IDLE(ExecutionState.EXECUTION_STATE_UNSPECIFIED, InstallPhase.INSTALL_PHASE_UNSPECIFIED),
  /** Accepted; its turn has not come. */
  WAITING(ExecutionState.ACCEPTED, InstallPhase.WAITING),
  /** Its documents are verified and its needs compared with what is there. */
  PREFLIGHT(ExecutionState.RUNNING, InstallPhase.PREFLIGHT),
  /** Its content is fetched, each chunk checked before it is written. */
  FETCHING(ExecutionState.RUNNING, InstallPhase.FETCHING),
  /** All content is there and checked as whole files. */
  VERIFIED(ExecutionState.RUNNING, InstallPhase.VERIFIED),
  /** Its slot is complete and read-only; the process is about to start again. */
  STAGED(ExecutionState.RUNNING, InstallPhase.STAGED),
  /** A process loads it and owes a verdict. */
  TRIAL(ExecutionState.RUNNING, InstallPhase.TRIAL),
  /** It answered its self-check and is what the device follows. */
  COMMITTED(ExecutionState.SUCCEEDED, InstallPhase.COMMITTED),
  /** Its trial failed; the device is back at what was committed before. */
  ROLLED_BACK(ExecutionState.FAILED, InstallPhase.ROLLED_BACK),
  /** Refused before anything was fetched. */
  REJECTED(ExecutionState.REJECTED, InstallPhase.PREFLIGHT),
  /** It could not be fetched or staged. */
  FAILED(ExecutionState.FAILED, InstallPhase.FETCHING),
  /** Taken back by the hub, or overtaken by another release. */
  CANCELLED(ExecutionState.CANCELLED, InstallPhase.INSTALL_PHASE_UNSPECIFIED);

  private final ExecutionState execution;
  private final InstallPhase phase;

  InstallState(ExecutionState execution, InstallPhase phase) {
    this.execution = execution;
    this.phase = phase;
  }

  /** Returns what the hub is told of the execution. */
  public ExecutionState execution() {
    return execution;
  }

  /** Returns what the hub is told of the installation. */
  public InstallPhase phase() {
    return phase;
  }

  /** Returns whether a slot is waited for or worked on, and can still be given up. */
  public boolean working() {
    return this == WAITING || this == PREFLIGHT || this == FETCHING || this == VERIFIED;
  }

  /** Returns whether nothing is under way, so that another release may begin. */
  public boolean resting() {
    return !working() && this != STAGED && this != TRIAL;
  }

  static InstallState of(String name) {
    return name.isEmpty() ? IDLE : valueOf(name);
  }
}
