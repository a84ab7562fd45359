package dev.drover.hub.core;

import dev.drover.v1.Device;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.Hello;
import dev.drover.v1.PowerSource;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A number that a term of a {@link Selector} looks at, and how it is written. */
final class SelectorNumber {
  private static final Pattern PLAIN = Pattern.compile("-?[0-9]{1,15}(?:\\.[0-9]{1,6})?");
  private static final Pattern VERSION =
      Pattern.compile("([0-9]{1,4})(?:\\.([0-9]{1,4}))?(?:\\.([0-9]{1,4}))?");
  private static final double VERSION_STEP = 10_000;

  private static final Map<String, SelectorNumber> KNOWN =
      Map.ofEntries(
          health("cpus", Unit.PLAIN, DeviceHealth::getCpus),
          health("memory", Unit.BYTES, DeviceHealth::getMemoryTotalBytes),
          health("memory.available", Unit.BYTES, DeviceHealth::getMemoryAvailableBytes),
          health("disk", Unit.BYTES, DeviceHealth::getDiskFreeBytes),
          health("load", Unit.PLAIN, health -> health.getLoadPermille() / 10.0),
          health("temperature", Unit.PLAIN, h -> h.getTemperatureMillicelsius() / 1000.0),
          health("busy", Unit.PLAIN, DeviceHealth::getBusy),
          health("crashes", Unit.PLAIN, DeviceHealth::getCrashes),
          number("battery", Unit.PLAIN, SelectorNumber::battery),
          number("seen", Unit.DURATION, SelectorNumber::seen),
          number("skew", Unit.DURATION, SelectorNumber::skew),
          number("version", Unit.VERSION, SelectorNumber::version),
          number(
              "failures",
              Unit.PLAIN,
              (device, nowMs) -> OptionalDouble.of(RecentFailures.now(device, nowMs) / 1000.0)));

  private static final Map<String, Double> BYTES =
      Map.of(
          "", 1.0, "B", 1.0, "kB", 1e3, "MB", 1e6, "GB", 1e9, "TB", 1e12, "KiB", 0x1p10, "MiB",
          0x1p20, "GiB", 0x1p30, "TiB", 0x1p40);
  private static final Map<String, Double> DURATIONS =
      Map.of("ms", 1.0, "s", 1e3, "m", 6e4, "h", 3.6e6, "d", 8.64e7);

  /** How numbers of a kind are written. */
  private enum Unit {
    PLAIN("a number"),
    BYTES("a number of bytes, such as 2GiB"),
    DURATION("a duration, such as 10m or 2d"),
    VERSION("a version, such as 1.2 or 1.2.3");

    final String words;

    Unit(String words) {
      this.words = words;
    }

    /** Returns by what a number with each suffix is multiplied. */
    Map<String, Double> factors() {
      return switch (this) {
        case PLAIN -> Map.of("", 1.0);
        case BYTES -> SelectorNumber.BYTES;
        case DURATION -> DURATIONS;
        case VERSION -> Map.of();
      };
    }
  }

  /** Reads a number from a device; empty where the device has not said it. */
  @FunctionalInterface
  private interface Reading {
    OptionalDouble of(Device device, long nowMs);
  }

  private final Unit unit;
  private final Reading reading;

  private SelectorNumber(Unit unit, Reading reading) {
    this.unit = unit;
    this.reading = reading;
  }

  private static Map.Entry<String, SelectorNumber> number(String key, Unit unit, Reading reading) {
    return Map.entry(key, new SelectorNumber(unit, reading));
  }

  private static Map.Entry<String, SelectorNumber> health(
      String key, Unit unit, ToDoubleFunction<DeviceHealth> of) {
    return number(
        key,
        unit,
        (device, nowMs) ->
            device.hasHealth()
                ? OptionalDouble.of(of.applyAsDouble(device.getHealth()))
                : OptionalDouble.empty());
  }

  /** Returns the number that a key means, or null where it means none. */
  static @Nullable SelectorNumber of(String key) {
    return KNOWN.get(key);
  }

  /** Returns a label's value as a number, where it is one. */
  static SelectorNumber ofLabel(String label) {
    return new SelectorNumber(
        Unit.PLAIN,
        (device, nowMs) -> {
          String value = device.getLabelsMap().getOrDefault(label, "");
          return PLAIN.matcher(value).matches()
              ? OptionalDouble.of(Double.parseDouble(value))
              : OptionalDouble.empty();
        });
  }

  /** Returns what a value of this number looks like, in words. */
  String takes() {
    return unit.words;
  }

  /** Returns the number that a text means, or empty where it means none. */
  OptionalDouble parse(String text) {
    if (unit == Unit.VERSION) {
      Matcher match = VERSION.matcher(text);
      return match.matches()
          ? OptionalDouble.of(version(part(match, 1), part(match, 2), part(match, 3)))
          : OptionalDouble.empty();
    }
    int digits = text.length();
    while (digits > 0 && Character.isLetter(text.charAt(digits - 1))) {
      digits--;
    }
    Double factor = unit.factors().get(text.substring(digits));
    String number = text.substring(0, digits);
    return factor != null && PLAIN.matcher(number).matches()
        ? OptionalDouble.of(Double.parseDouble(number) * factor)
        : OptionalDouble.empty();
  }

  OptionalDouble read(Device device, long nowMs) {
    return reading.of(device, nowMs);
  }

  private static OptionalDouble battery(Device device, long nowMs) {
    DeviceHealth health = device.getHealth();
    boolean has = health.getPower() == PowerSource.BATTERY || health.getBatteryPermille() > 0;
    return has ? OptionalDouble.of(health.getBatteryPermille() / 10.0) : OptionalDouble.empty();
  }

  private static OptionalDouble seen(Device device, long nowMs) {
    return device.getLastSeenMs() == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of((double) Math.max(0, nowMs - device.getLastSeenMs()));
  }

  private static OptionalDouble skew(Device device, long nowMs) {
    return device.getLastSeenMs() == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(Math.abs((double) device.getClockSkewMs()));
  }

  private static OptionalDouble version(Device device, long nowMs) {
    Hello hello = device.getHello();
    return device.hasHello()
        ? OptionalDouble.of(
            version(hello.getAgentMajor(), hello.getAgentMinor(), hello.getAgentPatch()))
        : OptionalDouble.empty();
  }

  private static int part(Matcher match, int group) {
    String digits = match.group(group);
    return digits == null ? 0 : Integer.parseInt(digits);
  }

  private static double version(int major, int minor, int patch) {
    return (major * VERSION_STEP + minor) * VERSION_STEP + patch;
  }
}
