package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Hashes;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.HubAction;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.Placement;
import dev.drover.v1.PlacementChoice;
import dev.drover.v1.PlacementExplanation;
import dev.drover.v1.PlacementPlan;
import dev.drover.v1.PlannedGroup;
import dev.drover.v1.RefusedReason;
import dev.drover.v1.TargetGroup;
import dev.drover.v1.TargetSelection;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Who is meant by a job, on a simulated hub. */
class TargetsTest extends FleetFixture {
  private static TargetGroup save(SimWorld world, String name, String selector) {
    TargetGroup group = TargetGroup.newBuilder().setName(name).setSelector(selector).build();
    return world.finish(world.fleet().groups().save(group, "anna"));
  }

  private static Set<String> targets(SimWorld world, Job job) {
    return executions(world, job.getJob()).stream()
        .map(execution -> execution.getDevice())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void savedGroups_areTargets_withNamedDevices_narrowedByTheSelector() throws Exception {
    try (SimWorld world = world(21, 0, 6)) {
      assertEquals(3, save(world, "even", "group=even").getMembers());
      save(world, "three", "device=cam-3");
      JobSpec.Builder spec = spec("two groups").addTargetGroups("even").addTargetGroups("three");

      assertEquals(Set.of("cam-0", "cam-2", "cam-3", "cam-4"), targets(world, create(world, spec)));
      assertEquals(
          Set.of("cam-0", "cam-2", "cam-3", "cam-4", "cam-5"),
          targets(world, create(world, spec.addDevices("cam-5"))));
      assertEquals(
          Set.of("cam-3", "cam-5"), targets(world, create(world, spec.setSelector("group=odd"))));
      assertEquals(
          ErrorCode.NOT_FOUND,
          code(() -> create(world, spec("nobody").addTargetGroups("none"))).code());
      assertTrue(logged(world).contains(HubAction.TARGET_GROUP_SAVED));
      world.finish(world.fleet().groups().remove("three", "anna"));
      assertEquals(
          List.of("even"),
          world.fleet().groups().list().stream().map(TargetGroup::getName).toList());
    }
  }

  @Test
  void groupsBySelector_takeTheirMembersFirst_andTheDryRunSaysSo() {
    try (SimWorld world = world(22, 0, 6)) {
      JobSpec.Builder spec =
          spec("rings")
              .addGroups(GroupSpec.newBuilder().setCount(1))
              .addGroups(GroupSpec.newBuilder().setSelector("device in (cam-0, cam-1)"))
              .addGroups(GroupSpec.getDefaultInstance());
      PlacementPlan plan = world.fleet().jobs().plan(spec.build());

      assertEquals(
          List.of(List.of("cam-2"), List.of("cam-0", "cam-1"), List.of("cam-3", "cam-4", "cam-5")),
          plan.getGroupsList().stream().map(PlannedGroup::getDevicesList).toList());
      assertEquals(6, plan.getChosen());
      assertEquals(
          List.of(0, 1, 1, 2, 2, 2),
          plan.getChoicesList().stream().map(PlacementChoice::getGroup).toList());
      Job job = create(world, spec);
      assertTrue(world.runUntil(5 * MINUTE_MS, () -> ended(world, job.getJob())));
      assertEquals(
          List.of(1, 2, 3),
          world.job(job.getJob()).getGroupsList().stream().map(g -> g.getSucceeded()).toList());
      assertEquals(
          List.of(1, 1),
          executions(world, job.getJob()).stream()
              .filter(e -> e.getDevice().equals("cam-0") || e.getDevice().equals("cam-1"))
              .map(e -> e.getGroup())
              .toList());

      assertEquals(
          ErrorCode.INVALID_ARGUMENT,
          code(() ->
                  create(
                      world,
                      spec("left over")
                          .addGroups(GroupSpec.newBuilder().setCount(1))
                          .addGroups(GroupSpec.newBuilder().setCount(2))))
              .code());
    }
  }

  @Test
  void groupOfNobodyBeforeOthers_isRefused_andTheDryRunSaysWhy() {
    try (SimWorld world = world(25, 0, 3)) {
      JobSpec.Builder canaries =
          spec("no canaries")
              .addGroups(GroupSpec.newBuilder().setSelector("ring=canary"))
              .addGroups(GroupSpec.getDefaultInstance());
      for (TargetSelection selection :
          List.of(TargetSelection.SNAPSHOT, TargetSelection.CONTINUOUS)) {
        JobSpec.Builder spec = canaries.clone().setSelection(selection);
        DroverException refused = code(() -> create(world, spec));
        assertEquals(ErrorCode.NO_DEVICE_MATCHES, refused.code());
        assertTrue(refused.nextStep().contains("--dry-run"), refused.nextStep());
        PlacementPlan plan = world.fleet().jobs().plan(spec.build());
        assertEquals(refused.getMessage(), plan.getRefusal());
        assertEquals(3, plan.getGroups(1).getTargets());
      }
      JobSpec.Builder few = spec("few");
      for (int i = 0; i < 5; i++) {
        few.addGroups(GroupSpec.newBuilder().setCount(1));
      }
      assertEquals("", world.fleet().jobs().plan(few.build()).getRefusal());
      assertEquals(5, create(world, few).getGroupsCount());
    }
  }

  @Test
  void devicesThatCannot_areCountedByReason_inTheDryRunAndInTheJob() {
    try (SimWorld world = world(24, 0, 4)) {
      world.finish(world.fleet().devices().revoke("cam-0", "anna"));
      world.finish(world.fleet().devices().revoke("cam-3", "anna"));
      RefusedReason revoked = RefusedReason.newBuilder().setReason("revoked").setDevices(2).build();
      PlacementPlan plan = world.fleet().jobs().plan(spec("all").build());
      assertEquals(2, plan.getRefused());
      assertEquals(List.of(revoked), plan.getRefusedReasonsList());
      Job job = create(world, spec("all"));
      assertEquals(List.of(revoked), world.job(job.getJob()).getPlan().getRefusedReasonsList());
    }
  }

  @Test
  void placement_isExplained_asItWasAndAsItIs() {
    try (SimWorld world = world(23, 0, 3)) {
      JobSpec.Builder spec = spec("one").setPlacement(Placement.newBuilder().setAny(1));
      Job job = create(world, spec);
      assertTrue(world.runUntil(5 * MINUTE_MS, () -> ended(world, job.getJob())));

      PlacementExplanation chosen = world.fleet().jobs().explain(job.getJob(), "cam-0");
      assertTrue(chosen.getTarget());
      assertTrue(chosen.getWouldRun());
      assertTrue(chosen.getThen().getReasonsList().contains("online"), chosen.toString());
      PlacementExplanation spare = world.fleet().jobs().explain(job.getJob(), "cam-2");
      assertFalse(spare.getTarget());
      assertFalse(spare.getWouldRun());
      assertTrue(spare.getThen().getReasonsList().contains("1 other is better suited"));

      world
          .devices
          .get("cam-0")
          .work((id, n) -> ends(ExecutionState.FAILED).setError(ErrorCode.INTERNAL.number()));
      Job failing = create(world, spec.setName("fails"));
      assertTrue(world.runUntil(5 * MINUTE_MS, () -> ended(world, failing.getJob())));
      PlacementExplanation after = world.fleet().jobs().explain(job.getJob(), "cam-0");
      assertTrue(after.getNow().getReasonsList().contains("failed lately: 1.0"), after.toString());
      assertFalse(after.getWouldRun(), "others did not fail");
      assertTrue(world.fleet().jobs().explain(job.getJob(), "cam-1").getWouldRun());

      PlacementExplanation stranger =
          world
              .fleet()
              .jobs()
              .explain(create(world, spec("odd").setSelector("group=odd")).getJob(), "cam-0");
      assertTrue(stranger.getNow().getRefused());
      assertFalse(stranger.hasThen());
    }
  }

  @Test
  void namesOfManyDevices_areKeptAsTheirHash_whichApprovalsAreBoundTo() {
    int most = Limits.CONTINUOUS_DEVICES_MAX;
    try (SimWorld world = world(26, 0, most + 2)) {
      JobSpec.Builder spec = spec("many").setApprovals(1);
      for (int i = most; i >= 0; i--) {
        spec.addDevices("cam-" + i);
      }
      Job job = create(world, spec);
      assertEquals(0, job.getSpec().getDevicesCount());
      assertEquals(most + 1, job.getSpec().getNamedDevices().getCount());
      String sorted =
          spec.getDevicesList().stream().sorted().map(d -> d + "\n").collect(Collectors.joining());
      assertEquals(
          ByteString.copyFrom(Hashes.sha256(sorted.getBytes(StandardCharsets.UTF_8))),
          job.getSpec().getNamedDevices().getSha256());

      JobSpec.Builder other = spec.clone().setDevices(0, "cam-" + (most + 1));
      assertNotEquals(job.getSpecSha256(), create(world, other).getSpecSha256());

      PlacementExplanation named = world.fleet().jobs().explain(job.getJob(), "cam-7");
      assertTrue(named.getTarget() && named.getWouldRun(), named.toString());
      PlacementExplanation stranger =
          world.fleet().jobs().explain(job.getJob(), "cam-" + (most + 1));
      assertFalse(stranger.getTarget() || stranger.getWouldRun(), stranger.toString());
      assertEquals(
          "is no target; of the 1,001 devices that the job names it keeps only its targets",
          stranger.getNow().getReasons(0));
    }
  }
}
