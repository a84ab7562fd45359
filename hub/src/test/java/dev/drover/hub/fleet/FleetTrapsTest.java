package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.GroupState;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.StopAction;
import dev.drover.v1.Unreachable;
import dev.drover.wire.ErrorCode;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/**
 * The five traps that were measured or read in hawkBit 0.9.0, each as a whole fleet lives through
 * it: what counts is what the devices started, not what the hub wrote down. {@code JobTrapsTest}
 * has them for the machine alone, {@code AwsHolesTest} the holes of AWS IoT Jobs.
 */
class FleetTrapsTest extends FleetFixture {
  private static final int SLOTS = 4;
  private static final int DEVICES = 30;

  private static SimWorld fleet(long seed, IntFunction<ExecutionReport.Builder> end) {
    SimWorld world = world(seed, 0, DEVICES);
    int number = 0;
    for (SimDevice device : world.devices.values()) {
      int mine = number++;
      device.work((id, attempt) -> end.apply(mine));
    }
    return world;
  }

  private static JobSpec.Builder staged(int first, Gate.Builder gate) {
    return spec("staged")
        .setConcurrency(SLOTS)
        .addGroups(GroupSpec.newBuilder().setCount(first).setGate(gate))
        .addGroups(GroupSpec.getDefaultInstance());
  }

  private static Gate.Builder gate(int minimum, int success, int failure) {
    return Gate.newBuilder()
        .setMinimumEnded(minimum)
        .setSuccessPercent(success)
        .setFailurePercent(failure);
  }

  private static boolean reaches(SimWorld world, Job job, JobState state) {
    return world.runUntil(30 * MINUTE_MS, () -> world.job(job.getJob()).getState() == state);
  }

  /** Hawkbit: 44 of 44 remaining devices of the failing group got the bad update all the same. */
  @Test
  void groupThatFails_isPaused_andNoMoreOfItsDevicesStart() {
    try (SimWorld world = fleet(41, n -> ends(ExecutionState.FAILED))) {
      Job job = create(world, staged(20, gate(5, 50, 10).setOnFailure(StopAction.PAUSE)));
      assertTrue(reaches(world, job, JobState.JOB_PAUSED));
      world.run(30 * MINUTE_MS);
      assertTrue(started(world) <= 5 + SLOTS, started(world) + " devices started");
      assertEquals(JobState.JOB_PAUSED, world.job(job.getJob()).getState());
      nothingTwice(world);
    }
  }

  /** Hawkbit: the next group started as soon as an operator resumed. */
  @Test
  void jobThatFailedItsGate_isNotResumed_whileTheGateFails() {
    try (SimWorld world = fleet(42, n -> ends(ExecutionState.FAILED))) {
      Job job = create(world, staged(20, gate(5, 50, 10).setOnFailure(StopAction.PAUSE)));
      assertTrue(reaches(world, job, JobState.JOB_PAUSED));
      world.run(MINUTE_MS);
      long before = started(world);
      assertEquals(
          ErrorCode.ILLEGAL_TRANSITION,
          code(() -> world.finish(world.fleet().jobControl().resume(job.getJob(), "", "anna")))
              .code());
      world.run(30 * MINUTE_MS);
      assertEquals(before, started(world));
      assertEquals(GroupState.GROUP_WAITING, world.job(job.getJob()).getGroups(1).getState());
    }
  }

  /** Hawkbit: FINISHED, with 85 actions running, when the last group hit its threshold. */
  @Test
  void errorInTheLastGroup_endsTheJobAsAborted_andStopsTheRest() {
    try (SimWorld world = fleet(43, n -> ends(ExecutionState.FAILED))) {
      JobSpec.Builder last = spec("last").setConcurrency(SLOTS);
      Job job = create(world, last.addGroups(GroupSpec.newBuilder().setGate(gate(2, 90, 10))));
      assertTrue(reaches(world, job, JobState.JOB_ABORTED));
      world.run(30 * MINUTE_MS);
      Job ended = world.job(job.getJob());
      assertEquals(GroupState.GROUP_FAILED, ended.getGroups(0).getState());
      assertEquals(0, ended.getGroups(0).getInFlight());
      assertTrue(started(world) <= 2 + SLOTS, started(world) + " devices started");
    }
  }

  /** Hawkbit: a group of which all ended starts the next one, also below its threshold. */
  @Test
  void groupThatEndedBelowItsThreshold_startsNobodyOfTheNext() {
    try (SimWorld world =
        fleet(44, n -> ends(n % 2 == 0 ? ExecutionState.SUCCEEDED : ExecutionState.FAILED))) {
      Job job = create(world, staged(20, gate(20, 60, 100)));
      assertTrue(reaches(world, job, JobState.JOB_ABORTED));
      world.run(30 * MINUTE_MS);
      assertEquals(20, started(world));
      Job ended = world.job(job.getJob());
      assertEquals(0, ended.getGroups(1).getGranted());
      assertTrue(ended.getCause().contains("at least 60% must"), ended.getCause());
    }
  }

  /** Hawkbit: one device that is offline holds a gate of 100% for ever. */
  @Test
  void deviceThatIsAway_holdsNoGateLongerThanItsDeadline() {
    try (SimWorld world = fleet(45, n -> ends(ExecutionState.SUCCEEDED))) {
      world.devices.get("cam-0").disconnect();
      Gate.Builder strict = gate(0, 100, 0).setDeadlineSeconds(120);
      Job job = create(world, staged(DEVICES, strict));
      assertTrue(reaches(world, job, JobState.JOB_ABORTED));
      assertEquals(1, world.job(job.getJob()).getGroups(0).getUnreachable());

      strict.setUnreachable(Unreachable.UNREACHABLE_IGNORED);
      JobSpec.Builder without = staged(DEVICES, strict).setIdempotencyKey("without it");
      Job other = create(world, without);
      assertTrue(reaches(world, other, JobState.JOB_SUCCEEDED_WITH_FAILURES));
      world.devices.get("cam-0").connect();
      world.run(10 * MINUTE_MS);
      assertTrue(world.devices.get("cam-0").starts.isEmpty(), "it was given up");
    }
  }
}
