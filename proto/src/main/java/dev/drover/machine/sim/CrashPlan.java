package dev.drover.machine.sim;

import org.jspecify.annotations.Nullable;

/**
 * Counts the points at which the power may go, and lets it go at one of them. For one thread, or
 * under the disk's lock.
 */
public final class CrashPlan {
  private long passed;
  private long crashAt;
  private @Nullable String crashWhere;

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

  /** Lets the power go at the next point of this name. */
  public void crashNext(String where) {
    crashWhere = where;
  }

  /** Forgets the planned crash. */
  public void calm() {
    crashAt = Long.MAX_VALUE;
    crashWhere = null;
  }

  /**
   * Passes a point.
   *
   * @throws SimulatedCrash once, if it is the one
   */
  public void pass(String where) {
    passed++;
    if (passed == crashAt || where.equals(crashWhere)) {
      calm();
      throw new SimulatedCrash(where);
    }
  }
}
