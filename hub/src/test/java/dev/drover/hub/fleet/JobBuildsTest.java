package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.core.JobMachine;
import dev.drover.hub.core.JobRows;
import dev.drover.hub.v1.JobRow;
import dev.drover.machine.sim.SimEngine;
import dev.drover.v1.Device;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** A job of more than one page of targets that is asked for again before it is built. */
class JobBuildsTest extends FleetFixture {
  private static final int DEVICES = 700;

  /** A job that starts when all was looked at. */
  private static JobSpec once() {
    return spec("once").setIdempotencyKey("k-1").setStartInSeconds(600).build();
  }

  /** Asks for the job, and lets the hub do no more than add the first page of its targets. */
  private static CompletableFuture<Job> begun(SimWorld world) {
    CompletableFuture<Job> asked =
        world.fleet().jobs().create(once(), "anna").toCompletableFuture();
    SimEngine engine = (SimEngine) world.engine();
    while (pages(world) == 0) {
      assertTrue(engine.runOne(), "the first page was never added");
    }
    return asked;
  }

  private static int pages(SimWorld world) {
    List<Job> jobs = world.fleet().jobs().list(1, "").getJobsList();
    return jobs.isEmpty()
        ? 0
        : new Machines(SimWorld.TENANT, world.engine())
            .readJob(jobs.get(0).getJob(), JobRows::row)
            .map(JobRow::getPages)
            .orElse(0);
  }

  private static List<String> targets(SimWorld world, Job job) {
    return new Machines(SimWorld.TENANT, world.engine())
        .readJob(job.getJob(), rows -> JobRows.targets(rows, 1, 2 * DEVICES)).stream()
            .map(JobRows.Target::device)
            .toList();
  }

  /** Has the devices behind the first page go first. */
  private static void rankAnew(SimWorld world) {
    List<SimDevice> devices = new ArrayList<>(world.devices.values());
    devices.forEach(SimDevice::disconnect);
    devices.subList(JobMachine.PAGE_MAX, devices.size()).forEach(SimDevice::connect);
    world.settle();
  }

  private static void everybodyOnce(SimWorld world, Job job, int devices) {
    List<String> targets = targets(world, job);
    assertEquals(devices, targets.size());
    assertEquals(devices, new HashSet<>(targets).size(), "devices that are targets");
    assertEquals(JobState.JOB_SCHEDULED, job.getState());
    assertEquals(devices, job.getGroups(0).getTargets());
    assertEquals(devices, job.getPlan().getChosen());
    assertEquals(1, world.fleet().jobs().list(10, "").getJobsCount());
  }

  @Test
  void jobThatTheHubDiedOver_askedForAgain_hasEveryDeviceOnce() {
    try (SimWorld world = world(71, 0, DEVICES)) {
      begun(world);
      world.restart();
      rankAnew(world);
      Job job = create(world, once().toBuilder());
      everybodyOnce(world, job, DEVICES);
    }
  }

  @Test
  void jobThatTheHubDiedOver_askedForAgainByAnotherFleet_takesTheFleetAsItIs() {
    try (SimWorld world = world(72, 0, DEVICES)) {
      begun(world);
      world.restart();
      world.devices.values().forEach(SimDevice::connect);
      world.finish(world.fleet().devices().revoke("cam-0", "anna"));
      world.settle();
      Job job = create(world, once().toBuilder());
      everybodyOnce(world, job, DEVICES - 1);
    }
  }

  @Test
  void jobThatIsBeingBuilt_askedForAgain_isOneJobForBoth() {
    try (SimWorld world = world(73, 0, DEVICES)) {
      // Done after the first is placed, and before the second.
      CompletionStage<Device> revoked = world.fleet().devices().revoke("cam-0", "anna");
      CompletableFuture<Job> first = begun(world);
      assertTrue(revoked.toCompletableFuture().isDone() && !first.isDone());
      Job second = create(world, once().toBuilder());
      assertEquals(second.getJob(), world.finish(first).getJob());
      everybodyOnce(world, second, DEVICES);
    }
  }
}
