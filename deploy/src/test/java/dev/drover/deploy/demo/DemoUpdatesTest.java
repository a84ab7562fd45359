package dev.drover.deploy.demo;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.Jobs;
import dev.drover.hub.core.Placement;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.DeviceState;
import dev.drover.v1.Hello;
import dev.drover.v1.InstalledRelease;
import dev.drover.v1.JobSpec;
import dev.drover.v1.PlacementChoice;
import dev.drover.v1.PlacementPlan;
import dev.drover.wire.Vocabulary;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** When a plan shows that memory alone decided, by plans of the hub's own. */
class DemoUpdatesTest {
  private static Device device(String name, long memoryBytes, boolean resident) {
    Device.Builder device =
        Device.newBuilder()
            .setDevice(name)
            .setState(DeviceState.ONLINE)
            .setHello(Hello.newBuilder().addTools(Vocabulary.toolNumber("device.status")))
            .setHealth(DeviceHealth.newBuilder().setMemoryAvailableBytes(memoryBytes));
    if (resident) {
      device.setInstalled(
          InstalledRelease.newBuilder().setModelSha256(ByteString.copyFrom(new byte[32])));
    }
    return device.build();
  }

  private static PlacementPlan plan(Device... devices) {
    JobSpec spec = Jobs.tool("device.status", "{}", 1).build();
    List<PlacementChoice> judged =
        List.of(devices).stream()
            .map(device -> Placement.judge(device, spec, Optional.empty(), 1))
            .toList();
    return Placement.rank(judged, 1).plan();
  }

  private static void assertNotShown(PlacementPlan plan) {
    assertThrows(CheckFailed.class, () -> DemoUpdates.requirePassedOverForMemory(plan, "press-1"));
  }

  @Test
  void device_withItsModelAndLittleMemory_wasPassedOverForThat() {
    String said =
        DemoUpdates.requirePassedOverForMemory(
            plan(device("press-1", 1 << 20, true), device("press-2", 1L << 32, true)), "press-1");

    assertTrue(said.matches("press-2 .*model resident.* against press-1 .*model resident.*"), said);
  }

  @Test
  void device_whoseModelIsNotResident_showsNothing() {
    assertNotShown(plan(device("press-1", 1 << 20, false), device("press-2", 1L << 32, true)));
    assertNotShown(plan(device("press-1", 1 << 20, false), device("press-2", 1L << 32, false)));
  }

  @Test
  void device_withMemory_showsNothing() {
    assertNotShown(plan(device("press-1", 1L << 31, true), device("press-2", 1L << 32, true)));
  }

  @Test
  void device_thatWasChosenOrIsNotNamed_showsNothing() {
    assertNotShown(plan(device("press-1", 1L << 32, true), device("press-2", 1 << 20, true)));
    assertNotShown(plan(device("press-2", 1 << 20, true)));
  }
}
