package dev.drover.deploy.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.DeviceState;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FleetTableTest {
  private static final String MODEL = "smollm2-135m.gguf";
  private static final long MEMORY = 1023L << 30;

  private static Device.Builder device(String name) {
    return Device.newBuilder()
        .setDevice(name)
        .setState(DeviceState.ONLINE)
        .putAllLabels(Scene.labels(name))
        .setHealth(DeviceHealth.newBuilder().setMemoryAvailableBytes(MEMORY))
        .setResidentModel(MODEL);
  }

  private static List<Device> fleet(Device.Builder first) {
    List<Device> devices = new ArrayList<>(List.of(first.build()));
    Scene.DEVICES.stream().skip(1).forEach(name -> devices.add(device(name).build()));
    return devices;
  }

  private static String refused(List<Device> devices) {
    return String.valueOf(
        assertThrows(CheckFailed.class, () -> FleetTable.require(devices, MODEL)).getMessage());
  }

  @Test
  void devices_haveARowEach_asAnOperatorListsThem_inEightyColumns() {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    List<Device> devices = fleet(device("press-1"));
    new Checks(new Terminal(out, out, false), () -> 0).show(FleetTable.of(devices));
    String text = printed.toString(StandardCharsets.UTF_8);
    assertEquals(
        """

            DEVICE   STATE   MEMORY FREE  MODEL              LABELS
            press-1  online  1023.0 GiB   smollm2-135m.gguf  role=press,site=hall3
            press-2  online  1023.0 GiB   smollm2-135m.gguf  role=press,site=hall3
            mill-1   online  1023.0 GiB   smollm2-135m.gguf  role=mill,site=hall3

        """
            .indent(0),
        text);
    assertTrue(text.lines().allMatch(line -> line.length() <= TextTable.WIDTH), text);
  }

  @Test
  void devices_thatAreAsInvited_hold() {
    assertEquals(
        MODEL
            + " resident on press-1 role=press,site=hall3 1023.0 GiB free,"
            + " press-2 role=press,site=hall3 1023.0 GiB free,"
            + " mill-1 role=mill,site=hall3 1023.0 GiB free",
        FleetTable.require(fleet(device("press-1")), MODEL));
  }

  @Test
  void device_thatLacksAnything_fails() {
    assertEquals(
        "press-1 is OFFLINE", refused(fleet(device("press-1").setState(DeviceState.OFFLINE))));
    assertEquals(
        "press-1 has the labels role=press.",
        refused(fleet(device("press-1").removeLabels("site"))));
    assertEquals(
        "press-1 tells no free memory.",
        refused(fleet(device("press-1").setHealth(DeviceHealth.getDefaultInstance()))));
    assertEquals(
        "press-1 has \"\" resident, not smollm2-135m.gguf.",
        refused(fleet(device("press-1").clearResidentModel())));
    assertEquals("The hub lists [press-1].", refused(fleet(device("press-1")).subList(0, 1)));
  }
}
