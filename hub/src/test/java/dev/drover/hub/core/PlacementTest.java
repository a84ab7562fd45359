package dev.drover.hub.core;

import static dev.drover.hub.core.Devices.GIB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.release.Artifact;
import dev.drover.release.ReleaseManifest;
import dev.drover.release.Requirements;
import dev.drover.v1.AskTask;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceState;
import dev.drover.v1.InstallTask;
import dev.drover.v1.JobSpec;
import dev.drover.v1.NetworkCost;
import dev.drover.v1.PlacementChoice;
import dev.drover.v1.PlacementPlan;
import dev.drover.v1.PowerSource;
import dev.drover.v1.Task;
import dev.drover.v1.ToolTask;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlacementTest {
  private static final long NOW = 1_000_000_000;
  private static final Task STATUS = tool("device.status");
  private static final Task INSTALL =
      Task.newBuilder().setInstall(InstallTask.newBuilder().setTarget("t")).build();

  private static Task tool(String name) {
    return Task.newBuilder().setTool(ToolTask.newBuilder().setTool(name)).build();
  }

  private static PlacementPlan plan(
      List<Device> devices, Task task, Optional<ReleaseManifest> manifest, int any) {
    return plan(devices, JobSpec.newBuilder().setTask(task), manifest, any);
  }

  private static PlacementPlan plan(
      List<Device> devices, JobSpec.Builder spec, Optional<ReleaseManifest> manifest, int any) {
    List<PlacementChoice> judged =
        devices.stream().map(d -> Placement.judge(d, spec.build(), manifest, NOW)).toList();
    return Placement.rank(judged, any).plan();
  }

  private static Device withMemory(String name, double availableGib) {
    Device.Builder device = Devices.online(name);
    device.getHealthBuilder().setMemoryAvailableBytes((long) (availableGib * GIB));
    return device.build();
  }

  private static List<String> names(List<PlacementChoice> choices) {
    return choices.stream().map(PlacementChoice::getDevice).toList();
  }

  private static ReleaseManifest manifest(long memoryBytes, long diskBytes) {
    Artifact model = new Artifact("m.gguf", Artifact.Kind.MODEL, "cd".repeat(32), 10, List.of());
    return new ReleaseManifest(
        "r",
        "1",
        1,
        "",
        64,
        List.of(model),
        new Requirements("llama", memoryBytes, diskBytes),
        List.of(),
        List.of());
  }

  @Test
  void any_prefersFreeMemory_andFollowsItWhenItIsTakenAway() {
    Device small = withMemory("a", 1);
    Device large = withMemory("b", 3.1);
    PlacementPlan plan = plan(List.of(small, large), STATUS, Optional.empty(), 1);

    assertEquals(List.of("b"), names(plan.getChoicesList()));
    assertTrue(plan.getChoices(0).getReasonsList().contains("memory available 3.1 GiB"));
    assertEquals(List.of("a"), names(plan.getOthersList()));
    assertTrue(plan.getOthers(0).getReasonsList().contains("1 other is better suited"));

    PlacementPlan after = plan(List.of(small, withMemory("b", 0.4)), STATUS, Optional.empty(), 1);
    assertEquals(List.of("a"), names(after.getChoicesList()));
  }

  @Test
  void all_takesEveryoneThatCan_bestFirst_tiesByName() {
    List<Device> devices =
        List.of(
            Devices.online("c").build(),
            Devices.online("a").build(),
            Devices.online("b").setState(DeviceState.OFFLINE).build(),
            Devices.online("d").setInstalled(Devices.installed(1, 2)).build());

    PlacementPlan plan = plan(devices, STATUS, Optional.empty(), 0);

    assertEquals(List.of("d", "a", "c", "b"), names(plan.getChoicesList()));
    assertEquals(4, plan.getMatched());
    assertTrue(plan.getChoices(0).getReasonsList().contains("model resident"));
    assertTrue(
        plan.getChoices(3).getReasonsList().contains("offline, will run it when it comes back"));
    List<Device> shuffled = new java.util.ArrayList<>(devices);
    Collections.reverse(shuffled);
    assertEquals(plan, plan(shuffled, STATUS, Optional.empty(), 0));
  }

  @Test
  void any_avoidsBusyDevices_andSaysSo() {
    Device.Builder busy = Devices.online("a");
    busy.getHealthBuilder().setBusy(2);

    PlacementPlan plan =
        plan(List.of(busy.build(), Devices.online("b").build()), STATUS, Optional.empty(), 1);

    assertEquals("b", plan.getChoices(0).getDevice());
    assertTrue(plan.getOthers(0).getReasonsList().contains("2 jobs queued"));
  }

  @Test
  void devicesThatCannot_areLeftOut_withTheReason() {
    List<Device> devices =
        List.of(
            Devices.online("revoked").setState(DeviceState.REVOKED).build(),
            Devices.online("invited").setState(DeviceState.INVITED).build(),
            Devices.online("silent").clearHello().build(),
            Devices.online("other").setInstalled(Devices.installed(7, 8)).build(),
            Devices.online("right").setInstalled(Devices.installed(9, 8)).build());
    Task ask =
        Task.newBuilder()
            .setAsk(AskTask.newBuilder().setManifestSha256(Devices.digest(9)).setQuestion("q"))
            .build();

    PlacementPlan plan = plan(devices, ask, Optional.of(manifest(1, 1)), 0);

    assertEquals(List.of("right"), names(plan.getChoicesList()));
    assertEquals(
        List.of(
            "not enrolled yet", "the release is not installed", "revoked", "has not connected yet"),
        plan.getOthersList().stream().map(other -> other.getReasons(0)).toList());
  }

  @Test
  void tool_needsTheDevicesConsent() {
    Device.Builder closed = Devices.online("a");
    closed.getHelloBuilder().clearTools();

    PlacementPlan plan = plan(List.of(closed.build()), STATUS, Optional.empty(), 0);

    assertEquals("does not let the hub call device.status", plan.getOthers(0).getReasons(0));
    PlacementPlan notes =
        plan(List.of(Devices.online("a").build()), tool("notes.ask"), Optional.empty(), 0);
    assertEquals("no model resident", notes.getOthers(0).getReasons(0));
  }

  @Test
  void install_needsMemoryAndDisk() {
    Device.Builder small = Devices.online("small");
    small.getHealthBuilder().setMemoryTotalBytes(GIB).setMemoryAvailableBytes(GIB / 2);
    Device.Builder full = Devices.online("full");
    full.getHealthBuilder().setDiskFreeBytes(GIB);
    Device tight = withMemory("tight", 1);
    Device has = Devices.online("has").setInstalled(Devices.installed(3, 0xcd)).build();
    List<Device> devices =
        List.of(small.build(), full.build(), tight, has, Devices.online("free").build());

    PlacementPlan plan = plan(devices, INSTALL, Optional.of(manifest(3 * GIB / 2, 2 * GIB)), 0);

    assertEquals(List.of("has", "free", "tight"), names(plan.getChoicesList()));
    assertTrue(plan.getChoices(0).getReasonsList().contains("model already there"));
    assertTrue(plan.getChoices(1).getReasonsList().contains("memory available 2.0 GiB ≥ 1.5 GiB"));
    assertTrue(plan.getChoices(2).getReasonsList().contains("memory available 1.0 GiB < 1.5 GiB"));
    assertEquals(
        List.of("disk free 1.0 GiB < 2.0 GiB", "memory 1.0 GiB < 1.5 GiB"),
        plan.getOthersList().stream().map(other -> other.getReasons(0)).toList());
  }

  @Test
  void nobody_isAnErrorThatSaysWhy() {
    PlacementPlan none = plan(List.of(), STATUS, Optional.empty(), 0);
    DroverException nobody =
        assertThrows(DroverException.class, () -> Placement.requireSomebody(none));
    assertEquals(ErrorCode.NO_DEVICE_MATCHES, nobody.code());
    assertEquals("No device matches the selector.", nobody.getMessage());

    Device revoked = Devices.online("a").setState(DeviceState.REVOKED).build();
    PlacementPlan unable = plan(List.of(revoked), STATUS, Optional.empty(), 0);
    assertEquals(
        "The selector matches 1, but none can run it; a: revoked.",
        assertThrows(DroverException.class, () -> Placement.requireSomebody(unable)).getMessage());
    assertEquals(none.getChoicesCount(), unable.getChoicesCount());
  }

  @Test
  void others_areCapped_andTheirReasonsCountedOverAll() {
    List<Device> devices =
        IntStream.range(0, 150).mapToObj(PlacementTest::unable).map(Device.Builder::build).toList();

    PlacementPlan plan = plan(devices, INSTALL, Optional.of(manifest(5 * GIB, 3 * GIB)), 0);

    assertEquals(Placement.OTHERS_MAX, plan.getOthersCount());
    assertEquals(150, plan.getMatched());
    assertEquals(0, plan.getChosen());
    assertEquals(150, plan.getRefused());
    assertEquals(
        List.of("memory < 5.0 GiB 75", "disk free < 3.0 GiB 50", "revoked 25"),
        plan.getRefusedReasonsList().stream()
            .map(counted -> counted.getReason() + " " + counted.getDevices())
            .toList());
  }

  /** One of six is revoked, two have too little disk, three too little memory, all differently. */
  private static Device.Builder unable(int number) {
    Device.Builder device = Devices.online("d" + number);
    switch (number % 6) {
      case 0 -> device.setState(DeviceState.REVOKED);
      case 1, 2 ->
          device
              .getHealthBuilder()
              .setMemoryTotalBytes(8 * GIB)
              .setDiskFreeBytes(number * GIB / 100);
      default -> device.getHealthBuilder().setMemoryTotalBytes(number * GIB / 50);
    }
    return device;
  }

  @Test
  void any_prefersMainsThenMoreBattery_unmetered_andThoseThatDidNotFail() {
    Device.Builder mains = Devices.online("mains");
    mains.getHealthBuilder().setPower(PowerSource.MAINS);
    Device.Builder full = Devices.online("full");
    full.getHealthBuilder().setPower(PowerSource.BATTERY).setBatteryPermille(900);
    Device.Builder low = Devices.online("low");
    low.getHealthBuilder().setPower(PowerSource.BATTERY).setBatteryPermille(100);
    Device.Builder free = Devices.online("free");
    free.getHealthBuilder().setPower(PowerSource.MAINS).setNetwork(NetworkCost.UNMETERED);
    Device.Builder paid = Devices.online("paid");
    paid.getHealthBuilder().setPower(PowerSource.MAINS).setNetwork(NetworkCost.METERED);
    Device.Builder failed = Devices.online("failed").setRecentFailures(2000);
    failed.setRecentFailuresMs(NOW - RecentFailures.HALF_LIFE_MS);
    failed.getHealthBuilder().setPower(PowerSource.MAINS).setLoadPermille(120).setCrashes(1);
    List<Device> devices =
        List.of(low, paid, failed, full, free, mains).stream().map(Device.Builder::build).toList();

    PlacementPlan plan = plan(devices, STATUS, Optional.empty(), 0);

    assertEquals(
        List.of("free", "mains", "paid", "full", "low", "failed"), names(plan.getChoicesList()));
    for (PlacementChoice choice : plan.getChoicesList()) {
      assertEquals(choice.getReasonsCount(), choice.getWeightsCount());
      assertEquals(
          choice.getScore(), choice.getWeightsList().stream().mapToLong(w -> w).sum(), "the sum");
    }
    assertEquals(
        List.of(
            "online",
            "memory available 2.0 GiB",
            "load 12%",
            "on mains",
            "failed lately: 1.0",
            "1 crash of this release"),
        plan.getChoices(5).getReasonsList());
    assertEquals(
        List.of(1_000_000, 2048, -120, 10_000, -15_000, -1_000),
        plan.getChoices(5).getWeightsList());
  }

  @Test
  void conditionsThatDoNotHoldNow_areSaid() {
    Device.Builder device = Devices.online("a");
    device.getHealthBuilder().setPower(PowerSource.BATTERY).setNetwork(NetworkCost.METERED);
    JobSpec.Builder spec = JobSpec.newBuilder().setTask(STATUS);
    spec.getConditionsBuilder().setMains(true).setUnmetered(true);

    PlacementPlan plan = plan(List.of(device.build()), spec, Optional.empty(), 0);

    assertTrue(
        plan.getChoices(0)
            .getReasonsList()
            .containsAll(
                List.of(
                    "on battery, 0%, starts when on mains",
                    "metered network, starts when unmetered")),
        plan.toString());
  }

  @Test
  void refusals_areNamedBeforeThoseThatAreOnlyNotNeeded() {
    List<Device> devices =
        List.of(
            Devices.online("a").build(),
            Devices.online("b").build(),
            Devices.online("z").setState(DeviceState.REVOKED).build());

    PlacementPlan plan = plan(devices, STATUS, Optional.empty(), 1);

    assertEquals(List.of("z", "b"), names(plan.getOthersList()));
    assertTrue(plan.getOthers(0).getRefused());
    assertEquals(1, plan.getChosen());
    assertEquals(1, plan.getRefused());
  }
}
