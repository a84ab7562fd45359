package dev.drover.deploy.demo;

import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** What must have happened where one device goes first and the rest after it succeeded. */
final class OneFirst {
  private OneFirst() {}

  /**
   * Looks at an ended job's groups and at the times of its executions, all of them the hub's own.
   *
   * @return in words what was seen
   */
  static String require(Job job, Collection<Execution> executions) {
    Checks.require(
        job.getState() == JobState.JOB_SUCCEEDED, job.getState() + ": " + job.getCause());
    Checks.require(job.getGroupsCount() == 2, "The job has " + job.getGroupsCount() + " groups.");
    int rest = Scene.DEVICES.size() - 1;
    requirePassed(job.getGroups(0), 1);
    requirePassed(job.getGroups(1), rest);
    List<Execution> first = ofGroup(executions, 0);
    List<Execution> others = ofGroup(executions, 1);
    Checks.require(
        first.size() == 1 && others.size() == rest,
        first.size() + " executions went first and " + others.size() + " after them.");
    Execution one = first.get(0);
    Checks.require(
        one.getState() == ExecutionState.SUCCEEDED && one.getEndedMs() > 0,
        one.getDevice() + " went first and ended as " + one.getState() + ".");
    long soonest = Long.MAX_VALUE;
    for (Execution other : others) {
      Checks.require(
          other.getGrantedMs() >= one.getEndedMs(),
          other.getDevice()
              + " was granted "
              + (one.getEndedMs() - other.getGrantedMs())
              + " ms before "
              + one.getDevice()
              + " had ended.");
      soonest = Math.min(soonest, other.getGrantedMs());
    }
    return one.getDevice()
        + String.format(
            Locale.ROOT,
            " first, the other %d granted %.1f s later, when it had succeeded",
            rest,
            (soonest - one.getGrantedMs()) / 1000.0);
  }

  private static void requirePassed(Group group, int targets) {
    Checks.require(
        group.getTargets() == targets
            && group.getSucceeded() == targets
            && group.getState() == GroupState.GROUP_PASSED,
        "A group of "
            + targets
            + " should have passed; seen is one of "
            + group.getTargets()
            + ", "
            + group.getSucceeded()
            + " succeeded, "
            + group.getState()
            + ".");
  }

  private static List<Execution> ofGroup(Collection<Execution> executions, int group) {
    return executions.stream().filter(execution -> execution.getGroup() == group).toList();
  }
}
