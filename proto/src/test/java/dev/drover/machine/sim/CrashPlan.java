package dev.drover.machine.sim;

/**
 * Counts the points at which the power may go, and lets it go at one of them. For one thread, or
 * under the disk's lock.
 */
public final class CrashPlan {
  private long passed;
  private long crashAt;

  private CrashPlan(long crashAt) {
    this.crashAt = crashAt;
  }

  /** Returns a plan without a crash, to count the points of a history. */
  public static CrashPlan never() {
    return new CrashPlan(Long.MAX_VALUE);
  }

  /** Returns a plan that crashes at the given point, counted from 1. */
  public static CrashPlan at(long point) {
    return new CrashPlan(point);
  }

  /** Returns how many points were passed. */
  public long passed() {
    return passed;
  }

  /** Lets the power go when this many more points were passed. */
  public void crashAfter(long points) {
    crashAt = passed + points;
  }

  /** Forgets the planned crash. */
  public void calm() {
    crashAt = Long.MAX_VALUE;
  }

  /** Passes a point; throws once, if it is the one. */
  void pass(String where) {
    passed++;
    if (passed == crashAt) {
      crashAt = Long.MAX_VALUE;
      throw new SimulatedCrash(where);
    }
  }
}
