package dev.drover.agent.sense;

import dev.drover.v1.NetworkCost;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Whether the bytes of the default route cost money: by the owner's word, by the kind of the
 * interface (a modem's do), or by what NetworkManager knows, which is asked at most every five
 * minutes. Thread-safe.
 */
public final class NetworkMeter implements Supplier<NetworkCost> {
  private static final long ASK_NANOS = 300_000_000_000L;
  private static final int ASK_SECONDS_MAX = 5;
  private static final int FILE_BYTES_MAX = 64 * 1024;
  private static final String DEFAULT_ROUTE = "00000000";
  private static final List<String> MANAGER = List.of("usr/bin/nmcli", "bin/nmcli");

  private final Path system;
  private final NetworkSetting setting;
  private final LongSupplier nanoTime;
  private String asked = "";
  private NetworkCost answer = NetworkCost.NETWORK_UNKNOWN;
  private long askedAtNanos;

  /**
   * Makes a meter; a setting other than {@code auto} is the owner's word.
   *
   * @param nanoTime monotonic time in nanoseconds
   */
  public NetworkMeter(NetworkSetting setting, LongSupplier nanoTime) {
    this(Path.of("/"), setting, nanoTime);
  }

  NetworkMeter(Path system, NetworkSetting setting, LongSupplier nanoTime) {
    this.system = system;
    this.setting = setting;
    this.nanoTime = nanoTime;
  }

  @Override
  public NetworkCost get() {
    return setting.orElse(
        setting == NetworkSetting.AUTO
            ? defaultInterface().map(this::cost).orElse(NetworkCost.NETWORK_UNKNOWN)
            : NetworkCost.NETWORK_UNKNOWN);
  }

  private Optional<String> defaultInterface() {
    return text(system.resolve("proc/net/route"))
        .lines()
        .map(line -> line.split("\\s+", -1))
        .filter(route -> route.length > 7 && route[1].equals(DEFAULT_ROUTE))
        .filter(route -> route[7].equals(DEFAULT_ROUTE) && route[0].matches("[\\w.@-]{1,15}"))
        .map(route -> route[0])
        .findFirst();
  }

  private NetworkCost cost(String name) {
    String kind = text(system.resolve("sys/class/net").resolve(name).resolve("uevent"));
    if (name.startsWith("ppp") || kind.lines().anyMatch("DEVTYPE=wwan"::equals)) {
      return NetworkCost.METERED;
    }
    return manager(name);
  }

  private synchronized NetworkCost manager(String name) {
    long now = nanoTime.getAsLong();
    if (!name.equals(asked) || now - askedAtNanos >= ASK_NANOS) {
      asked = name;
      askedAtNanos = now;
      answer =
          MANAGER.stream()
              .map(system::resolve)
              .filter(Files::isExecutable)
              .findFirst()
              .map(program -> ask(program, name))
              .orElse(NetworkCost.NETWORK_UNKNOWN);
    }
    return answer;
  }

  private static NetworkCost ask(Path program, String name) {
    try {
      Process process =
          new ProcessBuilder(program.toString(), "-g", "GENERAL.METERED", "device", "show", name)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        if (!process.waitFor(ASK_SECONDS_MAX, TimeUnit.SECONDS) || process.exitValue() != 0) {
          return NetworkCost.NETWORK_UNKNOWN;
        }
        String said = new String(process.getInputStream().readNBytes(64), StandardCharsets.UTF_8);
        return said.startsWith("yes")
            ? NetworkCost.METERED
            : said.startsWith("no") ? NetworkCost.UNMETERED : NetworkCost.NETWORK_UNKNOWN;
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException absent) {
      return NetworkCost.NETWORK_UNKNOWN;
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
      return NetworkCost.NETWORK_UNKNOWN;
    }
  }

  private static String text(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(FILE_BYTES_MAX), StandardCharsets.UTF_8);
    } catch (IOException absent) {
      return "";
    }
  }
}
