package dev.drover.deploy.sim;

/** A broken invariant. An error, so that no part mistakes it for something to handle. */
final class Violation extends Error {
  private static final long serialVersionUID = 1L;

  private final String invariant;
  private final String what;

  Violation(String invariant, String what) {
    super(what, null, false, false);
    this.invariant = invariant;
    this.what = what;
  }

  /** Returns what must hold, in words. */
  String invariant() {
    return invariant;
  }

  /** Returns what was seen instead. */
  String what() {
    return what;
  }
}
