package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.ExecutionState;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.RetrySpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Several jobs on the same devices: who starts first, as the devices themselves saw it. */
class JobQueueTest extends FleetFixture {
  private static final int DEVICES = 3;

  /** What each device started, in order; nothing ends but by {@link #end}. */
  private final Map<String, List<String>> started = new HashMap<>();

  private SimWorld fleet(long seed, int perDevice) {
    FleetParts.Pace pace = new FleetParts.Pace(SimWorld.CONCURRENCY, 0, perDevice, 500);
    SimWorld world = peopled(new SimWorld(seed, 0, pace), DEVICES);
    world.devices.forEach(
        (name, device) -> {
          List<String> mine = new ArrayList<>();
          started.put(name, mine);
          device.work(
              (execution, attempt) -> {
                mine.add(execution + "#" + attempt);
                return ends(ExecutionState.RUNNING);
              });
        });
    return world;
  }

  private Job create(SimWorld world, String name, int priority) {
    Job job = create(world, spec(name).setPriority(priority));
    world.run(10_000);
    return job;
  }

  /** Has every device end what it started last, and lets the next one start. */
  private void endLast(SimWorld world, ExecutionState state) {
    started.forEach((name, mine) -> end(world.devices.get(name), mine.get(mine.size() - 1), state));
    world.run(10_000);
  }

  private static void end(SimDevice device, String started, ExecutionState state) {
    String[] parts = started.split("#", -1);
    device.report(ends(state).setExecution(parts[0]).setAttempt(Integer.parseInt(parts[1])));
  }

  /** Returns the jobs that a device started, in order. */
  private List<String> jobs(String device) {
    return started.get(device).stream().map(JobQueueTest::job).toList();
  }

  private static String job(String started) {
    return started.substring(0, started.indexOf('-'));
  }

  @Test
  void jobsOnTheSameDevices_startByPriority_andTheOlderFirst() {
    try (SimWorld world = fleet(61, 1)) {
      Job running = create(world, "running", 0);
      Job older = create(world, "older", 5);
      Job urgent = create(world, "urgent", 9);
      Job younger = create(world, "younger", 5);
      List<Job> order = List.of(running, urgent, older, younger);
      for (int ended = 0; ended < order.size(); ended++) {
        List<String> expected = order.subList(0, ended + 1).stream().map(Job::getJob).toList();
        for (String device : world.devices.keySet()) {
          assertEquals(expected, jobs(device), device);
        }
        endLast(world, ExecutionState.SUCCEEDED);
      }
      for (Job job : order) {
        assertEquals(JobState.JOB_SUCCEEDED, world.job(job.getJob()).getState());
      }
      nothingTwice(world);
    }
  }

  /** A job of the whole fleet that fails and tries again, and two of a single device. */
  @Test
  void bigJob_thatWasServed_goesBehindSmallOnesOfItsPriority() {
    try (SimWorld world = fleet(62, 1)) {
      JobSpec.Builder everywhere =
          spec("big").setRetry(RetrySpec.newBuilder().setAttempts(8).setBackoffSeconds(1));
      Job big = create(world, everywhere);
      world.run(10_000);
      Job small = create(world, spec("small").addDevices("cam-1"));
      endLast(world, ExecutionState.FAILED);
      assertEquals(List.of(big.getJob(), small.getJob()), jobs("cam-1"));
      assertEquals(List.of(big.getJob(), big.getJob()), jobs("cam-0"));
      // The second attempt of the big one waits by now, and comes later all the same.
      Job late = create(world, spec("late").addDevices("cam-1"));
      endLast(world, ExecutionState.SUCCEEDED);
      assertEquals(List.of(big.getJob(), small.getJob(), late.getJob()), jobs("cam-1"));
      end(world.devices.get("cam-1"), started.get("cam-1").get(2), ExecutionState.SUCCEEDED);
      world.run(10_000);
      assertEquals(big.getJob(), jobs("cam-1").get(3));
      assertEquals(JobState.JOB_SUCCEEDED, world.job(late.getJob()).getState());
      assertEquals(JobState.JOB_RUNNING, world.job(big.getJob()).getState());
    }
  }

  @Test
  void devices_areGivenNoMoreAtATimeThanTheirPlaces_whateverTheJob() {
    try (SimWorld world = fleet(63, 2)) {
      List<Job> jobs = Stream.of(3, 2, 1, 0).map(p -> create(world, "p" + p, p)).toList();
      for (String device : world.devices.keySet()) {
        assertEquals(2, started.get(device).size(), device);
      }
      for (int place = 0; place < 2; place++) {
        for (String device : world.devices.keySet()) {
          end(world.devices.get(device), started.get(device).get(place), ExecutionState.SUCCEEDED);
        }
        world.run(10_000);
        for (String device : world.devices.keySet()) {
          assertEquals(3 + place, started.get(device).size(), device);
        }
      }
      for (String device : world.devices.keySet()) {
        assertEquals(jobs.stream().map(Job::getJob).toList(), jobs(device));
      }
      assertTrue(
          jobs.stream().noneMatch(job -> world.job(job.getJob()).getGroups(0).getFailed() > 0));
    }
  }
}
