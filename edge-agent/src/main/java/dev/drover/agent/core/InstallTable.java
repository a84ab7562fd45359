package dev.drover.agent.core;

import dev.drover.machine.Table;

/** The transitions of an installation. */
public final class InstallTable {
  /** What happens to an installation. */
  public enum Event {
    /** The hub granted a lease. */
    OFFERED,
    /** Its turn has come. */
    DUE,
    /** Something else keeps it from starting than before. */
    WAITED,
    /** The last moment to start has passed. */
    EXPIRED,
    /** A piece of work is done. */
    DONE,
    /** A piece of work cannot be done. */
    FAILED,
    /** Work goes on. */
    PROGRESSED,
    /** A process starts. */
    STARTED,
    /** The candidate answered its self-check. */
    PASSED,
    /** The candidate does not load or does not answer. */
    REFUSED,
    /** The hub took the lease back. */
    REVOKED,
    /** The lease's last moment has passed. */
    TIMED_OUT
  }

  private InstallTable() {}

  static Table<InstallState, Event> make() {
    Table.Builder<InstallState, Event> table =
        Table.startingAt(InstallState.IDLE, Event.class)
            .on(
                InstallState.WAITING,
                Event.DUE,
                InstallState.WAITING,
                InstallState.PREFLIGHT,
                InstallState.COMMITTED,
                InstallState.REJECTED)
            .stay(InstallState.WAITING, Event.WAITED)
            .on(InstallState.WAITING, Event.EXPIRED, InstallState.REJECTED)
            .on(InstallState.PREFLIGHT, Event.DONE, InstallState.FETCHING, InstallState.STAGED)
            .on(InstallState.PREFLIGHT, Event.FAILED, InstallState.REJECTED)
            .stay(InstallState.PREFLIGHT, Event.PROGRESSED)
            .on(InstallState.FETCHING, Event.DONE, InstallState.VERIFIED)
            .on(InstallState.FETCHING, Event.FAILED, InstallState.FAILED)
            .stay(InstallState.FETCHING, Event.PROGRESSED)
            .on(InstallState.VERIFIED, Event.DONE, InstallState.STAGED)
            .on(InstallState.VERIFIED, Event.FAILED, InstallState.FAILED)
            .stay(InstallState.STAGED, Event.OFFERED)
            .on(InstallState.STAGED, Event.STARTED, InstallState.TRIAL)
            .stay(InstallState.STAGED, Event.REVOKED)
            .stay(InstallState.TRIAL, Event.OFFERED)
            .on(InstallState.TRIAL, Event.STARTED, InstallState.TRIAL, InstallState.ROLLED_BACK)
            .on(InstallState.TRIAL, Event.PASSED, InstallState.COMMITTED)
            .on(InstallState.TRIAL, Event.REFUSED, InstallState.ROLLED_BACK)
            .stay(InstallState.TRIAL, Event.REVOKED);
    for (InstallState state : InstallState.values()) {
      if (state.resting()) {
        table
            .on(
                state,
                Event.OFFERED,
                state,
                InstallState.WAITING,
                InstallState.COMMITTED,
                InstallState.REJECTED)
            .stay(state, Event.STARTED)
            .stay(state, Event.REVOKED);
      } else if (state.working()) {
        table
            .on(state, Event.OFFERED, state, InstallState.WAITING)
            .stay(state, Event.STARTED)
            .on(state, Event.REVOKED, InstallState.CANCELLED)
            .on(state, Event.TIMED_OUT, InstallState.FAILED);
      }
    }
    return table.build();
  }
}
