package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.machine.sim.SimDisk;
import dev.drover.v1.ConfigureDeviceRequest;
import dev.drover.v1.DeviceConfig;
import dev.drover.v1.HubAction;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a device should be and what it says it is, on a simulated hub. */
class TwinTest extends FleetFixture {
  private static void desire(SimWorld world, String value) {
    ConfigureDeviceRequest request =
        ConfigureDeviceRequest.newBuilder()
            .setDevice("cam-0")
            .putSet("runtime.threads", value)
            .build();
    world.finish(world.fleet().devices().configure(request, "anna"));
  }

  private static DeviceConfig config(SimWorld world) {
    return world.fleet().devices().get("cam-0").getConfig();
  }

  private static void inSync(SimWorld world, long version) {
    BooleanSupplier synced =
        () ->
            config(world).getInSync()
                && config(world).getVersion() == version
                && world.devices.get("cam-0").config().getVersion() == version;
    assertTrue(world.runUntil(10 * MINUTE_MS, synced), () -> config(world).toString());
  }

  @ParameterizedTest
  @ValueSource(longs = {41, 42, 43})
  void lastDesired_isKept_overABadNetwork_alsoByADeviceThatWasAway(long seed) throws Exception {
    try (SimWorld world = world(seed, 0.2, 2)) {
      desire(world, "1");
      inSync(world, 1);
      world.devices.get("cam-0").disconnect();
      desire(world, "2");
      desire(world, "3");
      world.run(MINUTE_MS);
      assertFalse(config(world).getInSync());
      assertEquals(1, config(world).getReportedVersion());
      world.devices.get("cam-0").connect();
      inSync(world, 3);
      assertEquals(
          List.of(
              HubAction.DEVICE_CONFIGURED,
              HubAction.DEVICE_CONFIGURED,
              HubAction.DEVICE_CONFIGURED),
          logged(world).stream().filter(a -> a == HubAction.DEVICE_CONFIGURED).toList());
    }
  }

  @Test
  void deviceThatLostItsStore_isToldAgain() {
    try (SimWorld world = world(44, 0, 1)) {
      desire(world, "2");
      inSync(world, 1);
      SimDevice device = world.devices.get("cam-0");
      device.disconnect();
      device.wipe(99);
      device.connect();
      inSync(world, 1);
    }
  }

  @Test
  void hubThatWasRestored_saysWhatItKnows() {
    try (SimWorld world = world(45, 0, 1)) {
      desire(world, "1");
      inSync(world, 1);
      SimDisk backup = Backups.copy(world.disk);
      desire(world, "2");
      inSync(world, 2);
      world.restore(backup, true);
      world.devices.get("cam-0").connect();
      inSync(world, 1);
    }
  }
}
