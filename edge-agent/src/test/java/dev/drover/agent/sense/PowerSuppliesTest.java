package dev.drover.agent.sense;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.v1.PowerSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PowerSuppliesTest {
  @TempDir private Path directory;

  private void supply(String name, String... filesAndTexts) throws IOException {
    Path folder = Files.createDirectories(directory.resolve(name));
    for (int i = 0; i < filesAndTexts.length; i += 2) {
      Files.writeString(folder.resolve(filesAndTexts[i]), filesAndTexts[i + 1] + "\n");
    }
  }

  private void battery(String name, String status, String capacity) throws IOException {
    supply(name, "type", "Battery", "status", status, "capacity", capacity);
  }

  private void expect(PowerSource source, int permille) {
    assertEquals(
        new PowerSupplies.Power(source, permille),
        new PowerSupplies(directory, PowerSetting.AUTO).get());
  }

  @Test
  void board_withoutAnySupply_cannotTell() {
    expect(PowerSource.POWER_UNKNOWN, 0);
    assertEquals(
        PowerSource.POWER_UNKNOWN,
        new PowerSupplies(directory.resolve("none"), PowerSetting.AUTO).get().source());
  }

  @Test
  void plug_thatIsIn_isMains_whateverTheBatteryDoes() throws IOException {
    supply("AC", "type", "Mains", "online", "1");
    battery("BAT0", "Discharging", "83");
    expect(PowerSource.MAINS, 800);
  }

  @Test
  void plug_thatIsOut_leavesTheBattery() throws IOException {
    supply("AC", "type", "Mains", "online", "0");
    battery("BAT0", "Discharging", "100");
    expect(PowerSource.BATTERY, 1000);
  }

  @Test
  void battery_alone_tellsByWhetherItFills() throws IOException {
    battery("BAT0", "Full", "99");
    expect(PowerSource.MAINS, 950);
    battery("BAT0", "Not charging", "50");
    expect(PowerSource.POWER_UNKNOWN, 500);
    battery("BAT1", "Discharging", "50");
    expect(PowerSource.BATTERY, 500);
  }

  @Test
  void battery_thatIsNearlyEmpty_isNotNone_andNonsenseIs() throws IOException {
    battery("BAT0", "Discharging", "2");
    expect(PowerSource.BATTERY, 50);
    battery("BAT0", "Discharging", "170");
    expect(PowerSource.BATTERY, 1000);
    battery("BAT0", "Discharging", "-3");
    expect(PowerSource.BATTERY, 0);
  }

  @Test
  void battery_ofAMouse_isNotTheDevices() throws IOException {
    supply("hid", "type", "Battery", "scope", "Device", "status", "Discharging", "capacity", "9");
    expect(PowerSource.POWER_UNKNOWN, 0);
  }

  @Test
  void ownersWord_winsOverWhatIsFound() throws IOException {
    supply("AC", "type", "Mains", "online", "1");
    assertEquals(
        PowerSource.BATTERY, new PowerSupplies(directory, PowerSetting.BATTERY).get().source());
    assertEquals(
        PowerSource.MAINS,
        new PowerSupplies(directory.resolve("none"), PowerSetting.MAINS).get().source());
  }
}
