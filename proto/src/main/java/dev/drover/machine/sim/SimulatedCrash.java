package dev.drover.machine.sim;

/** The power went. An error, so that nothing on its way up mistakes it for a failure to handle. */
public final class SimulatedCrash extends Error {
  private static final long serialVersionUID = 1L;

  /** Says where it went. */
  public SimulatedCrash(String where) {
    super(where, null, false, false);
  }
}
