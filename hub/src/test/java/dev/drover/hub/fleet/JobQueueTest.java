package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.ExecutionState;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.RetrySpec;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Several jobs on the same devices, as the devices themselves saw it. {@code AwsHolesTest} has the
 * order by priority and age.
 */
class JobQueueTest extends FleetFixture {
  private static Job wait(SimWorld world, JobSpec.Builder spec) {
    Job job = create(world, spec);
    world.run(10_000);
    return job;
  }

  /** A job of the whole fleet that fails and tries again, and two of a single device. */
  @Test
  void bigJob_thatWasServed_goesBehindSmallOnesOfItsPriority() {
    try (SimWorld world = peopled(new SimWorld(62, 0, places(1)), 3)) {
      Starts starts = new Starts(world);
      RetrySpec retry = RetrySpec.newBuilder().setAttempts(8).setBackoffSeconds(1).build();
      Job big = wait(world, spec("big").setRetry(retry));
      Job small = wait(world, spec("small").addDevices("cam-1"));
      starts.endEach(ExecutionState.FAILED);
      assertEquals(List.of(big.getJob(), small.getJob()), starts.jobs("cam-1"));
      assertEquals(List.of(big.getJob(), big.getJob()), starts.jobs("cam-0"));
      // The second attempt of the big one waits by now, and comes later all the same.
      Job late = wait(world, spec("late").addDevices("cam-1"));
      starts.end("cam-1", ExecutionState.SUCCEEDED);
      assertEquals(List.of(big.getJob(), small.getJob(), late.getJob()), starts.jobs("cam-1"));
      starts.end("cam-1", ExecutionState.SUCCEEDED);
      assertEquals(big.getJob(), starts.jobs("cam-1").get(3));
      assertEquals(JobState.JOB_SUCCEEDED, world.job(late.getJob()).getState());
      assertEquals(JobState.JOB_RUNNING, world.job(big.getJob()).getState());
    }
  }

  @Test
  void devices_areGivenNoMoreAtATimeThanTheirPlaces_whateverTheJob() {
    try (SimWorld world = peopled(new SimWorld(63, 0, places(2)), 3)) {
      Starts starts = new Starts(world);
      List<String> jobs =
          Stream.of(3, 2, 1, 0)
              .map(priority -> wait(world, spec("p" + priority).setPriority(priority)).getJob())
              .toList();
      for (int ended = 0; ended < jobs.size(); ended++) {
        for (String device : world.devices.keySet()) {
          assertEquals(Math.min(2, jobs.size() - ended), starts.running(device), device);
          assertEquals(jobs.subList(0, Math.min(ended + 2, jobs.size())), starts.jobs(device));
        }
        starts.endEach(ExecutionState.SUCCEEDED);
      }
      assertTrue(jobs.stream().allMatch(job -> ended(world, job)));
    }
  }
}
