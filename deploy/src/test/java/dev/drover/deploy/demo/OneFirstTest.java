package dev.drover.deploy.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import java.util.List;
import org.junit.jupiter.api.Test;

class OneFirstTest {
  private static final long ENDED_MS = 5000;
  private static final Execution FIRST = execution("press-2", 0, 1000, ENDED_MS);

  private static Execution execution(String device, int group, long grantedMs, long endedMs) {
    return Execution.newBuilder()
        .setDevice(device)
        .setGroup(group)
        .setState(ExecutionState.SUCCEEDED)
        .setGrantedMs(grantedMs)
        .setEndedMs(endedMs)
        .build();
  }

  private static Group.Builder passed(int targets) {
    return Group.newBuilder()
        .setState(GroupState.GROUP_PASSED)
        .setTargets(targets)
        .setSucceeded(targets);
  }

  private static Job job(Group.Builder... groups) {
    Job.Builder job = Job.newBuilder().setState(JobState.JOB_SUCCEEDED);
    for (Group.Builder group : groups) {
      job.addGroups(group);
    }
    return job.build();
  }

  private static List<Execution> others(long grantedMs) {
    return List.of(
        FIRST,
        execution("press-1", 1, ENDED_MS + 20, 9000),
        execution("mill-1", 1, grantedMs, 9000));
  }

  private static String refused(Job job, List<Execution> executions) {
    return String.valueOf(
        assertThrows(CheckFailed.class, () -> OneFirst.require(job, executions)).getMessage());
  }

  @Test
  void rest_grantedWhenTheFirstHadSucceeded_holds() {
    assertEquals(
        "press-2 first, the other 2 granted 4.0 s later, when it had succeeded",
        OneFirst.require(job(passed(1), passed(2)), others(ENDED_MS)));
  }

  @Test
  void rest_grantedWhileTheFirstWasAtIt_fails() {
    assertEquals(
        "mill-1 was granted 1 ms before press-2 had ended.",
        refused(job(passed(1), passed(2)), others(ENDED_MS - 1)));
  }

  @Test
  void groups_ofAnotherShape_fail() {
    List<Execution> executions = others(ENDED_MS);
    assertEquals("The job has 1 groups.", refused(job(passed(3)), executions));
    refused(job(passed(2), passed(1)), executions);
    refused(job(passed(1), passed(2).setState(GroupState.GROUP_RUNNING)), executions);
    refused(job(passed(1), passed(2).setSucceeded(1)), executions);
    refused(
        job(passed(1), passed(2)).toBuilder().setState(JobState.JOB_FAILED).build(), executions);
  }

  @Test
  void executions_thatDoNotFitTheGroups_fail() {
    Job job = job(passed(1), passed(2));
    assertEquals(
        "1 executions went first and 1 after them.", refused(job, others(ENDED_MS).subList(0, 2)));
    Execution open = FIRST.toBuilder().setEndedMs(0).build();
    List<Execution> executions = others(ENDED_MS);
    refused(job, List.of(open, executions.get(1), executions.get(2)));
  }
}
