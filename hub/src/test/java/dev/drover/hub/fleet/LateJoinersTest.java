package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.core.MachineKeys;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.Relabel;
import dev.drover.v1.Device;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.LabelDeviceRequest;
import dev.drover.v1.TargetGroup;
import dev.drover.v1.TargetSelection;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Devices that come to match a job after it was made. {@code AwsHolesTest} has their rate. */
class LateJoinersTest extends FleetFixture {
  private static JobSpec.Builder continuous(String name) {
    return spec(name).setSelection(TargetSelection.CONTINUOUS);
  }

  private static CompletionStage<Device> label(SimWorld world, String device, String group) {
    LabelDeviceRequest request =
        LabelDeviceRequest.newBuilder().setDevice(device).putSet("group", group).build();
    return world.fleet().devices().label(request, "anna");
  }

  private static Set<String> done(SimWorld world, Job job) {
    return executions(world, job.getJob()).stream()
        .filter(execution -> execution.getState() == ExecutionState.SUCCEEDED)
        .map(execution -> execution.getDevice())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static boolean runs(SimWorld world, Job job, int succeeded) {
    return world.runUntil(10 * MINUTE_MS, () -> done(world, job).size() == succeeded);
  }

  @Test
  void devicesThatEnrolOrAreLabelledLater_join_onceEach() {
    try (SimWorld world = world(31, 0, 2)) {
      Job job = create(world, continuous("even ones").setSelector("group=even"));
      assertTrue(runs(world, job, 1));
      assertEquals(JobState.JOB_RUNNING, world.job(job.getJob()).getState(), "it waits for more");

      world.add("cam-8", "even");
      assertTrue(runs(world, job, 2), "a device that enrolled later");
      world.finish(label(world, "cam-1", "even"));
      assertTrue(runs(world, job, 3), "a device that was given the label");
      world.run(5 * MINUTE_MS);
      assertEquals(Set.of("cam-0", "cam-1", "cam-8"), done(world, job));
      assertEquals(3, world.job(job.getJob()).getGroups(0).getTargets());
      nothingTwice(world);
    }
  }

  @Test
  void devicesThatJoinLater_waitForTheGatesBeforeThem_andAreLeftAloneWhenOneFails() {
    try (SimWorld world = world(33, 0, 3)) {
      world.devices.values().forEach(d -> d.work((id, n) -> ends(ExecutionState.RUNNING)));
      Job job =
          create(
              world,
              continuous("gated")
                  .addGroups(
                      GroupSpec.newBuilder()
                          .setCount(1)
                          .setGate(
                              Gate.newBuilder().setSuccessPercent(100).setDeadlineSeconds(120)))
                  .addGroups(GroupSpec.getDefaultInstance()));
      world.run(10_000);
      SimDevice late = world.add("late", "odd");
      world.run(60_000);
      assertEquals(3, world.job(job.getJob()).getGroups(1).getTargets());
      assertTrue(late.starts.isEmpty(), "the first group has not passed");
      world.run(5 * MINUTE_MS);
      assertEquals(JobState.JOB_ABORTED, world.job(job.getJob()).getState());
      assertTrue(late.starts.isEmpty(), "the first group failed");
      world.add("later", "odd");
      world.run(MINUTE_MS);
      assertEquals(3, world.job(job.getJob()).getGroups(1).getTargets());
    }
  }

  @Test
  void changesThatTheHubMissed_areFoundWhenItStarts() {
    try (SimWorld world = world(34, 0, 2)) {
      Job job = create(world, continuous("found").setSelector("group=even"));
      assertTrue(runs(world, job, 1));
      // Durable, and the hub dies before it can act on it.
      Relabel relabel = Relabel.newBuilder().putSet("group", "even").build();
      byte[] event = DeviceEnvelope.newBuilder().setRelabel(relabel).build().toByteArray();
      world.finish(world.engine().submit(MachineKeys.DEVICE, SimWorld.TENANT + "|cam-1", event));
      world.restart();
      assertTrue(runs(world, job, 2));
      nothingTwice(world);
    }
  }

  @Test
  void aSavedGroupThatChanges_bringsItsMembers_andStaysWhileTheJobIsOpen() {
    try (SimWorld world = world(35, 0, 4)) {
      TargetGroup.Builder group = TargetGroup.newBuilder().setName("ring").setSelector("group=odd");
      world.finish(world.fleet().groups().save(group.build(), "anna"));
      Job job = create(world, continuous("ring").addTargetGroups("ring"));
      assertTrue(runs(world, job, 2));
      world.finish(world.fleet().groups().save(group.setSelector("group").build(), "anna"));
      assertTrue(runs(world, job, 4));

      assertEquals(
          ErrorCode.ILLEGAL_TRANSITION,
          code(() -> world.finish(world.fleet().groups().remove("ring", "anna"))).code());
      world.finish(world.fleet().jobs().cancel(job.getJob(), "anna"));
      world.run(10_000);
      world.finish(world.fleet().groups().remove("ring", "anna"));
      assertEquals(List.of(), world.fleet().groups().list());
    }
  }

  @Test
  void snapshotJob_takesNobodyWhoMatchesLater() {
    try (SimWorld world = world(37, 0, 2)) {
      SimDevice slow = world.devices.get("cam-0");
      slow.work((id, n) -> ends(ExecutionState.RUNNING));
      Job snapshot = create(world, spec("then").setSelector("group=even"));
      world.run(10_000);
      SimDevice enrolled = world.add("cam-8", "even");
      SimDevice labelled = world.devices.get("cam-1");
      world.finish(label(world, "cam-1", "even"));
      world.run(5 * MINUTE_MS);
      world.restart();
      world.run(5 * MINUTE_MS);
      assertFalse(ended(world, snapshot.getJob()), "it could still take them");
      assertEquals(1, world.job(snapshot.getJob()).getGroups(0).getTargets());
      assertEquals(List.of(Map.of(), Map.of()), List.of(enrolled.starts, labelled.starts));

      Job continuous = create(world, continuous("now and later").setSelector("group=even"));
      assertTrue(world.runUntil(MINUTE_MS, () -> done(world, continuous).size() == 2));
      assertEquals(Set.of("cam-1", "cam-8"), done(world, continuous), "they do match");
      slow.report(
          ends(ExecutionState.SUCCEEDED).setExecution(snapshot.getJob() + "-1").setAttempt(1));
      assertTrue(world.runUntil(MINUTE_MS, () -> ended(world, snapshot.getJob())));
      assertEquals(JobState.JOB_SUCCEEDED, world.job(snapshot.getJob()).getState());
    }
  }

  @Test
  void aJobForNobodyYet_waits_andThoseThatCannotRunItAreLeftOut() {
    try (SimWorld world = world(36, 0, 1)) {
      Job job = create(world, continuous("new ones").setSelector("group=new"));
      assertFalse(ended(world, job.getJob()));
      assertEquals(0, executions(world, job.getJob()).size());
      world.add("cam-7", "new");
      assertTrue(runs(world, job, 1));
      world.finish(world.fleet().devices().revoke("cam-0", "anna"));
      var unused = label(world, "cam-7", "old");
      world.run(MINUTE_MS);
      assertEquals(Set.of("cam-7"), done(world, job), "who has run it has run it");
      assertTrue(world.runUntil(90 * MINUTE_MS, () -> ended(world, job.getJob())));
      assertEquals(JobState.JOB_SUCCEEDED, world.job(job.getJob()).getState());
    }
  }
}
