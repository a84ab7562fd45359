package dev.drover.agent.tools;

import dev.drover.agent.core.CoarseFigures;
import dev.drover.agent.core.HealthSource;
import dev.drover.agent.sense.PowerSupplies;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.NetworkCost;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads how the device does from Linux' own files: {@code /proc/meminfo}, {@code /proc/loadavg} and
 * the thermal zones. What is missing is told as 0, and what changes is told coarsely, for all of it
 * may leave the device. Thread-safe.
 */
public final class DeviceHealthSource implements HealthSource {
  private static final Pattern MEMORY = Pattern.compile("MemTotal:\\s+(\\d{1,15}) kB");
  private static final long NUMBER_MAX = (1L << 53) - 1;
  private static final int CPUS_MAX = 4096;
  private static final int LOAD_PERMILLE_MAX = 1_000_000;
  private static final int COUNT_MAX = 1_000_000;
  private static final int MILLICELSIUS_MIN = -100_000;
  private static final int MILLICELSIUS_MAX = 300_000;
  private static final int FILE_BYTES_MAX = 8 * 1024;

  private final Path system;
  private final Path dataDir;
  private final long memoryLimitBytes;
  private final LongSupplier availableBytes;
  private final IntSupplier busy;
  private final Supplier<PowerSupplies.Power> power;
  private final Supplier<NetworkCost> network;
  private final IntSupplier crashes;

  /**
   * Makes a source.
   *
   * @param dataDir whose file system's free space counts
   * @param memoryLimitBytes memory that Drover may count on, by its owner's word or a control
   *     group's limit; 0 for all
   * @param availableBytes memory that could still be taken without swapping; more than there is
   *     where that is not known
   * @param counts what only other parts of the agent know
   */
  public DeviceHealthSource(
      Path dataDir, long memoryLimitBytes, LongSupplier availableBytes, Counts counts) {
    this(Path.of("/"), dataDir, memoryLimitBytes, availableBytes, counts);
  }

  /**
   * What other parts of the agent know.
   *
   * @param busy executions running or waiting
   * @param power where the device's power comes from
   * @param network what its network costs
   * @param crashes ends without a stop since the running release was committed
   */
  public record Counts(
      IntSupplier busy,
      Supplier<PowerSupplies.Power> power,
      Supplier<NetworkCost> network,
      IntSupplier crashes) {}

  DeviceHealthSource(
      Path system,
      Path dataDir,
      long memoryLimitBytes,
      LongSupplier availableBytes,
      Counts counts) {
    this.system = system;
    this.dataDir = dataDir;
    this.memoryLimitBytes = memoryLimitBytes == 0 ? NUMBER_MAX : memoryLimitBytes;
    this.availableBytes = availableBytes;
    this.busy = counts.busy();
    this.power = counts.power();
    this.network = counts.network();
    this.crashes = counts.crashes();
  }

  @Override
  public DeviceHealth sample() {
    long total = Math.min(totalBytes(), memoryLimitBytes);
    long available = Math.max(0, Math.min(total, availableBytes.getAsLong()));
    PowerSupplies.Power now = power.get();
    return DeviceHealth.newBuilder()
        .setPower(now.source())
        .setBatteryPermille(now.batteryPermille())
        .setNetwork(network.get())
        .setCrashes(Math.max(0, Math.min(COUNT_MAX, crashes.getAsInt())))
        .setCpus(Math.min(CPUS_MAX, Runtime.getRuntime().availableProcessors()))
        .setMemoryTotalBytes(total)
        .setMemoryAvailableBytes(CoarseFigures.storageBytes(available))
        .setDiskFreeBytes(CoarseFigures.storageBytes(diskFreeBytes()))
        .setLoadPermille(CoarseFigures.loadPermille(loadPermille()))
        .setTemperatureMillicelsius(CoarseFigures.millicelsius(millicelsius()))
        .setBusy(Math.max(0, Math.min(COUNT_MAX, busy.getAsInt())))
        .build();
  }

  private long totalBytes() {
    Matcher line = MEMORY.matcher(text(system.resolve("proc/meminfo")));
    return line.find() ? Long.parseLong(line.group(1)) * 1024 : 0;
  }

  private long diskFreeBytes() {
    try {
      return Math.min(NUMBER_MAX, Math.max(0, Files.getFileStore(dataDir).getUsableSpace()));
    } catch (IOException unknown) {
      return 0;
    }
  }

  private int loadPermille() {
    String load = text(system.resolve("proc/loadavg")).split(" ", 2)[0];
    if (!load.matches("\\d{1,6}\\.\\d{1,6}")) {
      return 0;
    }
    return (int) Math.min(LOAD_PERMILLE_MAX, Math.round(Double.parseDouble(load) * 1000));
  }

  /** Returns the temperature of the hottest zone. */
  private int millicelsius() {
    Path thermal = system.resolve("sys/class/thermal");
    int hottest = Integer.MIN_VALUE;
    if (Files.isDirectory(thermal)) {
      try (DirectoryStream<Path> zones = Files.newDirectoryStream(thermal, "thermal_zone*")) {
        for (Path zone : zones) {
          String text = text(zone.resolve("temp")).strip();
          if (text.matches("-?\\d{1,7}")) {
            hottest = Math.max(hottest, Integer.parseInt(text));
          }
        }
      } catch (IOException unreadable) {
        return 0;
      }
    }
    if (hottest == Integer.MIN_VALUE) {
      return 0;
    }
    return Math.max(MILLICELSIUS_MIN, Math.min(MILLICELSIUS_MAX, hottest));
  }

  private static String text(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(FILE_BYTES_MAX), StandardCharsets.UTF_8);
    } catch (IOException absent) {
      return "";
    }
  }
}
