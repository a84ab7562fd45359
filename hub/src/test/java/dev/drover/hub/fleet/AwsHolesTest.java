package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.AbortRule;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.FailureKind;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.GroupState;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.Rate;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.StopAction;
import dev.drover.v1.TargetSelection;
import dev.drover.v1.Timers;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What operators of AWS IoT Jobs have to do without, or fall into, by the parameters that it
 * documents: each hole as a whole fleet lives through it here, with another end. What counts is
 * what the devices started.
 */
class AwsHolesTest extends FleetFixture {
  private static final long A_WHILE_MS = 10 * MINUTE_MS;

  private static JobState state(SimWorld world, Job job) {
    return world.job(job.getJob()).getState();
  }

  private static Job wait(SimWorld world, JobSpec.Builder spec) {
    Job job = create(world, spec);
    world.run(10_000);
    return job;
  }

  private static Stream<ExecutionState> states(SimWorld world, Job job) {
    return executions(world, job.getJob()).stream().map(Execution::getState);
  }

  /** AWS cancels a job, and cannot hold it. */
  @Test
  void noPauseOrResume_hereNobodyStartsMeanwhile_andItGoesOnWhereItWas() {
    try (SimWorld world = world(71, 0, 12)) {
      Starts starts = new Starts(world);
      SimDevice away = world.devices.get("cam-0");
      away.disconnect();
      Job job = wait(world, spec("held").setConcurrency(4));
      assertEquals(3, starts.count());
      assertEquals(4, world.job(job.getJob()).getGroups(0).getInFlight(), "one lease is out");

      world.finish(world.fleet().jobControl().pause(job.getJob(), "look first", "anna"));
      away.connect();
      starts.end(starts.running().get(0), ExecutionState.SUCCEEDED);
      world.run(A_WHILE_MS);
      assertEquals(3, starts.count(), "nobody starts, also not by the lease that was out");
      assertEquals(JobState.JOB_PAUSED, state(world, job));
      assertEquals(1, world.job(job.getJob()).getGroups(0).getSucceeded(), "what ran went on");
      assertEquals(1, world.job(job.getJob()).getGroups(0).getHeld());

      world.finish(world.fleet().jobControl().resume(job.getJob(), "", "anna"));
      world.run(10_000);
      assertEquals(5, starts.count(), "two run on, and two take the free slots");
      assertEquals(List.of(job.getJob()), starts.jobs("cam-0"), "what was held goes first");
      while (!starts.running().isEmpty()) {
        starts.endEach(ExecutionState.SUCCEEDED);
      }
      assertEquals(JobState.JOB_SUCCEEDED, state(world, job));
      nothingTwice(world);
    }
  }

  /** In AWS successes make a roll-out faster; too few of them do not stop it. */
  @Test
  void noSuccessGate_hereTheNextGroupWaitsForEnoughSuccesses() {
    try (SimWorld world = world(72, 0, 12)) {
      Starts starts = new Starts(world);
      Gate gate = Gate.newBuilder().setSuccessPercent(75).build();
      JobSpec.Builder staged =
          spec("good")
              .setConcurrency(12)
              .addGroups(GroupSpec.newBuilder().setCount(4).setGate(gate))
              .addGroups(GroupSpec.getDefaultInstance());
      Job good = wait(world, staged);
      for (int succeeded = 1; succeeded <= 3; succeeded++) {
        starts.end(starts.running().get(0), ExecutionState.SUCCEEDED);
        assertEquals(4, starts.count(), succeeded + " succeeded");
      }
      starts.end(starts.running().get(0), ExecutionState.FAILED);
      assertEquals(12, starts.count(), "three of four");
      starts.endEach(ExecutionState.SUCCEEDED);
      assertEquals(JobState.JOB_SUCCEEDED_WITH_FAILURES, state(world, good));

      Job bad = wait(world, staged.setName("bad"));
      starts.end(starts.running().get(0), ExecutionState.SUCCEEDED);
      starts.end(starts.running().get(0), ExecutionState.SUCCEEDED);
      starts.endEach(ExecutionState.FAILED);
      world.run(A_WHILE_MS);
      assertEquals(JobState.JOB_ABORTED, state(world, bad));
      assertEquals(16, starts.count(), "two of four are too few");
    }
  }

  /** In AWS a retry follows at once; what waits for one here makes room for nobody meanwhile. */
  @Test
  void noBackoff_hereRetriesWait_andABadJobStaysSmallUntilTheyFailedForGood() {
    try (SimWorld world = world(78, 0, 40)) {
      Starts starts = new Starts(world);
      AbortRule rule =
          AbortRule.newBuilder()
              .setThreshold(5000)
              .setMinimumEnded(4)
              .setAction(StopAction.ABORT)
              .build();
      RetrySpec retry = RetrySpec.newBuilder().setAttempts(2).setBackoffSeconds(600).build();
      JobSpec.Builder spec = spec("bad").setConcurrency(4).setRetry(retry).addAbortRules(rule);
      Job job = wait(world, spec);
      List<String> first = starts.running();
      assertEquals(4, first.size());
      starts.endEach(ExecutionState.FAILED);
      world.run(9 * MINUTE_MS);
      assertEquals(4, starts.count(), "too early for a retry, and nobody else in their place");
      world.run(2 * MINUTE_MS);
      assertEquals(first, starts.running(), "the same four, again");
      starts.endEach(ExecutionState.FAILED);
      world.run(A_WHILE_MS);
      assertEquals(JobState.JOB_ABORTED, state(world, job));
      int others = starts.count() - 8;
      assertTrue(others < 4, others + " others: the threshold and what took the slots until then");
    }
  }

  /** In AWS whoever may create a job has it run. */
  @Test
  void noApproval_hereNobodyStartsBeforeOthersHaveAgreed() {
    try (SimWorld world = world(73, 0, 3)) {
      Starts starts = new Starts(world);
      Job job = wait(world, spec("checked").setApprovals(2));
      approve(world, job, "bert");
      assertEquals(ErrorCode.PERMISSION_DENIED, code(() -> approve(world, job, "anna")).code());
      approve(world, job, "bert");
      world.run(A_WHILE_MS);
      assertEquals(JobState.JOB_WAITING_FOR_APPROVAL, state(world, job));
      assertEquals(0, starts.count(), "one of two, and neither the author nor anybody twice");
      approve(world, job, "cleo");
      world.run(10_000);
      assertEquals(3, starts.count());
    }
  }

  private static void approve(SimWorld world, Job job, String operator) {
    Job seen = world.job(job.getJob());
    assertNotNull(
        world.finish(
            world.fleet().jobControl().approve(job.getJob(), seen.getSpecSha256(), operator)));
  }

  /** AWS gives a thing the executions of all its jobs, and no say which comes first. */
  @Test
  void noOrderBetweenJobs_hereTheyStartByPriority_andTheOlderFirst() {
    try (SimWorld world = peopled(new SimWorld(74, 0, places(1)), 3)) {
      Starts starts = new Starts(world);
      String running = wait(world, spec("running")).getJob();
      String older = wait(world, spec("older").setPriority(5)).getJob();
      String urgent = wait(world, spec("urgent").setPriority(9)).getJob();
      String younger = wait(world, spec("younger").setPriority(5)).getJob();
      List<String> order = List.of(running, urgent, older, younger);
      for (int ended = 0; ended < order.size(); ended++) {
        for (String device : world.devices.keySet()) {
          assertEquals(order.subList(0, ended + 1), starts.jobs(device), device);
        }
        starts.endEach(ExecutionState.SUCCEEDED);
      }
      assertTrue(order.stream().allMatch(job -> ended(world, job)));
      nothingTwice(world);
    }
  }

  /** In AWS devices that join a group after the job was made get it at once, whatever the rate. */
  @Test
  void lateJoinersPassByTheRate_hereTheyKeepToItAndToTheSlots() {
    try (SimWorld world = world(32, 0, 2)) {
      var unused =
          create(
              world,
              spec("slowly")
                  .setSelection(TargetSelection.CONTINUOUS)
                  .setConcurrency(3)
                  .setRate(Rate.newBuilder().setPerMinute(2)));
      for (int i = 10; i < 30; i++) {
        world.add("late-" + i, "odd");
      }
      int minutes = 0;
      while (started(world) < 22 && minutes < 30) {
        world.run(MINUTE_MS);
        minutes++;
        long most = 2L * minutes + 2;
        assertTrue(
            started(world) <= most, started(world) + " started after " + minutes + " minutes");
      }
      assertEquals(22, started(world));
      assertTrue(minutes >= 9, "22 devices at 2 a minute took " + minutes + " minutes");
      nothingTwice(world);
    }
  }

  /** The timer of AWS runs from the start: an execution that waits does so for ever. */
  @Test
  void queuedNeverExpires_hereItEndsByItsTimer_orWithTheJob() {
    try (SimWorld world = peopled(new SimWorld(75, 0, places(1)), 1)) {
      Starts starts = new Starts(world);
      Job busy = wait(world, spec("busy"));
      Timers timers = Timers.newBuilder().setQueueSeconds(120).build();
      Job impatient = wait(world, spec("impatient").setTimers(timers));
      Job patient = wait(world, spec("patient").setDeadlineSeconds(600));
      assertEquals(List.of(ExecutionState.QUEUED), states(world, impatient).toList());
      assertEquals(List.of(ExecutionState.QUEUED), states(world, patient).toList());
      world.run(2 * MINUTE_MS);
      assertEquals(JobState.JOB_FAILED, state(world, impatient));
      assertEquals(
          ErrorCode.DEADLINE_EXCEEDED.number(),
          executions(world, impatient.getJob()).get(0).getError());
      assertEquals(List.of(ExecutionState.QUEUED), states(world, patient).toList());
      world.run(A_WHILE_MS);
      assertEquals(JobState.JOB_EXPIRED, state(world, patient));
      assertEquals(List.of(ExecutionState.REJECTED), states(world, patient).toList());
      starts.end("cam-0", ExecutionState.SUCCEEDED);
      world.run(A_WHILE_MS);
      assertEquals(List.of(busy.getJob()), starts.jobs("cam-0"), "who expired is not started");
    }
  }

  /** An abort of AWS takes what is queued; what was handed out starts, and what changed stays. */
  @Test
  void abortTakesQueuedOnly_hereLeasesComeBack_andWhatChangedIsBroughtBack() {
    try (SimWorld world = world(76, 0, 12)) {
      Starts starts = new Starts(world);
      SimDevice away = world.devices.get("cam-0");
      away.disconnect();
      AbortRule rule =
          AbortRule.newBuilder()
              .setThreshold(2000)
              .setMinimumEnded(3)
              .setAction(StopAction.ROLL_BACK)
              .build();
      Job job = wait(world, install(world).setConcurrency(5).addAbortRules(rule));
      assertEquals(4, starts.count());
      starts.end(starts.running().get(0), ExecutionState.SUCCEEDED);
      starts.end(starts.running().get(0), ExecutionState.SUCCEEDED);
      assertEquals(6, starts.count());
      starts.end(starts.running().get(0), ExecutionState.FAILED);
      assertEquals(JobState.JOB_ROLLING_BACK, state(world, job));
      away.connect();
      world.run(A_WHILE_MS);
      assertTrue(away.starts.isEmpty(), "its lease was handed out, and taken back");
      List<String> back =
          world.devices.keySet().stream().filter(d -> starts.jobs(d).size() == 2).toList();
      assertEquals(2, back.size(), "the two that had changed");
      assertEquals(
          4,
          states(world, job).filter(ended -> ended == ExecutionState.CANCELLED).count(),
          "what ran was told to stop, and the lease was taken back");
      assertEquals(8, starts.count());
      back.forEach(device -> starts.end(device, ExecutionState.SUCCEEDED));
      assertEquals(JobState.JOB_ROLLED_BACK, state(world, job));
    }
  }

  /** AWS counts what completed: devices that never answer are in no percentage. */
  @Test
  void percentOfCompletedOnly_hereSilenceIsAnEndOfItsOwn_andCounts() {
    try (SimWorld world = world(77, 0, 20)) {
      world.devices.values().forEach(SimDevice::disconnect);
      AbortRule rule =
          AbortRule.newBuilder()
              .setFailure(FailureKind.FAILURE_UNREACHABLE)
              .setThreshold(5000)
              .setMinimumEnded(5)
              .build();
      Job job =
          wait(world, spec("silent").setConcurrency(6).setLeaseSeconds(120).addAbortRules(rule));
      assertEquals(JobState.JOB_RUNNING, state(world, job));
      assertTrue(world.runUntil(A_WHILE_MS, () -> ended(world, job.getJob())));
      Job done = world.job(job.getJob());
      assertEquals(JobState.JOB_ABORTED, done.getState());
      assertTrue(done.getCause().startsWith("An abort rule holds: "), done.getCause());
      assertTrue(done.getCause().contains("that ended gave no word"), done.getCause());
      assertEquals(GroupState.GROUP_STOPPED, done.getGroups(0).getState());
      assertTrue(done.getGroups(0).getGranted() <= 5 + 6, done.getGroups(0).toString());
      world.devices.values().forEach(SimDevice::connect);
      world.run(A_WHILE_MS);
      assertEquals(0, started(world));
    }
  }
}
