package dev.drover.agent.sense;

import dev.drover.v1.PowerSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Where the device's power comes from, by {@code /sys/class/power_supply} or by its owner's word: a
 * board without a battery seldom says so itself. Thread-safe.
 */
public final class PowerSupplies implements Supplier<PowerSupplies.Power> {
  private static final int FILE_BYTES_MAX = 256;
  private static final int PERMILLE_STEP = 50;

  private final Path folder;
  private final PowerSetting setting;

  /**
   * Power at a moment.
   *
   * @param source where it comes from
   * @param batteryPermille charge of the first battery in steps of 50; 0 without one
   */
  public record Power(PowerSource source, int batteryPermille) {}

  /** Makes a reader; a setting other than {@code auto} is the owner's word. */
  public PowerSupplies(PowerSetting setting) {
    this(Path.of("/sys/class/power_supply"), setting);
  }

  PowerSupplies(Path folder, PowerSetting setting) {
    this.folder = folder;
    this.setting = setting;
  }

  @Override
  public Power get() {
    boolean plugged = false;
    boolean draining = false;
    boolean filled = false;
    int permille = 0;
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> supplies = Files.newDirectoryStream(folder)) {
        for (Path supply : supplies) {
          if (word(supply, "scope").equals("device")) {
            // The battery of a mouse or headset.
            continue;
          }
          if (word(supply, "type").equals("battery")) {
            String status = word(supply, "status");
            draining |= status.equals("discharging");
            filled |= status.equals("charging") || status.equals("full");
            permille = permille == 0 ? permille(supply) : permille;
          } else {
            plugged |= word(supply, "online").equals("1");
          }
        }
      } catch (IOException unreadable) {
        return new Power(setting.orElse(PowerSource.POWER_UNKNOWN), 0);
      }
    }
    return new Power(setting.orElse(source(plugged, draining, filled)), permille);
  }

  private static PowerSource source(boolean plugged, boolean draining, boolean filled) {
    if (plugged || (filled && !draining)) {
      return PowerSource.MAINS;
    }
    return draining ? PowerSource.BATTERY : PowerSource.POWER_UNKNOWN;
  }

  private static int permille(Path battery) {
    String percent = word(battery, "capacity");
    if (!percent.matches("\\d{1,3}")) {
      return 0;
    }
    int permille = Math.min(1000, Integer.parseInt(percent) * 10);
    return Math.max(1, permille / PERMILLE_STEP) * PERMILLE_STEP;
  }

  private static String word(Path supply, String file) {
    try (InputStream in = Files.newInputStream(supply.resolve(file))) {
      String text = new String(in.readNBytes(FILE_BYTES_MAX), StandardCharsets.UTF_8);
      return text.strip().toLowerCase(Locale.ROOT);
    } catch (IOException absent) {
      return "";
    }
  }
}
