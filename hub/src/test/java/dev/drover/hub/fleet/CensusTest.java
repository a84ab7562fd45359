package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.ExecutionState;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.Job;
import dev.drover.v1.Timers;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CensusTest extends FleetFixture {
  @Test
  void counts_followDevicesAndJobs_andRememberThoseThatEnded() {
    try (SimWorld world = world(1, 0, 4)) {
      Census census = world.fleet().census();
      assertEquals(Map.of("online", 4L), present(census.count().devices()));
      assertEquals(Map.of(), present(census.count().jobs()));

      Job first = create(world, spec("first"));
      assertEquals(Map.of("running", 1L), present(census.count().jobs()));
      assertEquals(Map.of("in_flight", 4L), present(census.count().executions()));
      assertTrue(world.runUntil(MINUTE_MS, () -> ended(world, first.getJob())));
      assertEquals(Map.of("succeeded", 1L), present(census.count().jobs()));
      assertEquals(Map.of("succeeded", 4L), present(census.count().executions()));

      world.devices.values().forEach(d -> d.work((id, n) -> ends(ExecutionState.FAILED)));
      Job second =
          create(
              world,
              spec("second")
                  .addGroups(GroupSpec.newBuilder().setCount(1))
                  .addGroups(GroupSpec.getDefaultInstance()));
      assertTrue(world.runUntil(MINUTE_MS, () -> ended(world, second.getJob())));
      world.run(MINUTE_MS);
      Map<String, Long> after = Map.of("succeeded", 4L, "failed", 1L, "untouched", 3L);
      assertEquals(after, present(census.count().executions()));
      assertEquals(after, present(census.count().executions()));
      assertEquals(Map.of("succeeded", 1L, "aborted", 1L), present(census.count().jobs()));

      // A census that begins now reads everything, and comes to the same.
      world.restart();
      assertEquals(after, present(world.fleet().census().count().executions()));
    }
  }

  @Test
  void running_jobsBetweenEndedOnes_areNotForgotten() {
    try (SimWorld world = world(2, 0, 2)) {
      Census census = world.fleet().census();
      SimDevice held = world.devices.get("cam-0");
      held.work((id, n) -> ends(ExecutionState.RUNNING));
      Job slow = create(world, spec("slow").addDevices("cam-0"));
      Job quick = create(world, spec("quick").addDevices("cam-1"));
      assertTrue(world.runUntil(MINUTE_MS, () -> ended(world, quick.getJob())));
      assertEquals(Map.of("running", 1L, "succeeded", 1L), present(census.count().jobs()));
      var unused = world.finish(world.fleet().jobs().cancel(slow.getJob(), "anna"));
      assertEquals(Map.of("cancelled", 1L, "succeeded", 1L), present(census.count().jobs()));
      assertEquals(Map.of("in_flight", 1L, "succeeded", 1L), present(census.count().executions()));
      world.run(MINUTE_MS);
      assertEquals(Map.of("cancelled", 1L, "succeeded", 1L), present(census.count().executions()));
    }
  }

  @Test
  void jobThatIsRolledBackAfterItsEnd_isCountedAnew() {
    try (SimWorld world = world(3, 0, 2)) {
      Census census = world.fleet().census();
      Job job = create(world, install(world));
      assertTrue(world.runUntil(MINUTE_MS, () -> ended(world, job.getJob())));
      assertEquals(Map.of("succeeded", 1L), present(census.count().jobs()));

      var unused = world.finish(world.fleet().jobControl().rollBack(job.getJob(), "worse", "anna"));
      assertEquals(Map.of("rolling_back", 1L), present(census.count().jobs()));
      assertTrue(world.runUntil(MINUTE_MS, () -> ended(world, job.getJob())));
      assertEquals(Map.of("rolled_back", 1L), present(census.count().jobs()));
    }
  }

  @Test
  void deviceThatSpeaksAfterItsJobEnded_isCountedAsItSays() {
    try (SimWorld world = world(4, 0, 2)) {
      Census census = world.fleet().census();
      SimDevice slow = world.devices.get("cam-0");
      slow.work((id, n) -> ends(ExecutionState.RUNNING));
      Job job =
          create(world, spec("slow").setTimers(Timers.newBuilder().setRunSeconds(60).build()));
      world.run(10_000);
      slow.disconnect();
      assertTrue(world.runUntil(10 * MINUTE_MS, () -> ended(world, job.getJob())));
      Map<String, Long> before = Map.of("succeeded", 1L, "timed_out", 1L);
      assertEquals(before, present(census.count().executions()));
      assertEquals(before, present(census.count().executions()));

      // It is asked to stop, and says that it did.
      slow.connect();
      world.run(MINUTE_MS);
      Map<String, Long> after = Map.of("succeeded", 1L, "cancelled", 1L);
      assertEquals(after, present(census.count().executions()));
      assertEquals(after, present(census.count().executions()));
      assertEquals(Map.of("succeeded_with_failures", 1L), present(census.count().jobs()));
    }
  }

  private static Map<String, Long> present(Map<String, Long> counts) {
    Map<String, Long> present = new TreeMap<>(counts);
    present.values().removeIf(count -> count == 0);
    return present;
  }
}
