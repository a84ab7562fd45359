package dev.drover.hub.core;

import dev.drover.crypto.Hashes;
import dev.drover.v1.Device;
import dev.drover.v1.Hello;
import dev.drover.wire.Vocabulary;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a term of a {@link Selector} looks at: a label, or something a device is or has. */
final class SelectorKey {
  private static final String LABEL_PREFIX = "label.";
  private static final int DIGEST_PREFIX_CHARS_MIN = 4;
  private static final Pattern NUMBER =
      Pattern.compile("(-?[0-9]{1,15}(?:\\.[0-9]{1,6})?)(B|KiB|MiB|GiB|TiB|kB|MB|GB|TB)?");
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{4,64}");
  private static final Map<String, Double> UNITS =
      Map.of(
          "B", 1.0,
          "kB", 1e3,
          "MB", 1e6,
          "GB", 1e9,
          "TB", 1e12,
          "KiB", 0x1p10,
          "MiB", 0x1p20,
          "GiB", 0x1p30,
          "TiB", 0x1p40);

  private static final Map<String, Function<Device, List<String>>> WORDS =
      Map.of(
          "device", device -> List.of(device.getDevice()),
          "state", device -> List.of(device.getState().name().toLowerCase(Locale.ROOT)),
          "arch", SelectorKey::arch,
          "version", SelectorKey::version,
          "tool", SelectorKey::tools,
          "release", device -> present(device.getRelease()),
          "model", device -> present(device.getResidentModel()));

  private static final Map<String, ToDoubleFunction<Device>> NUMBERS =
      Map.of(
          "cpus", device -> device.getHealth().getCpus(),
          "memory", device -> device.getHealth().getMemoryTotalBytes(),
          "memory.available", device -> device.getHealth().getMemoryAvailableBytes(),
          "disk", device -> device.getHealth().getDiskFreeBytes(),
          "load", device -> device.getHealth().getLoadPermille() / 10.0,
          "temperature", device -> device.getHealth().getTemperatureMillicelsius() / 1000.0,
          "busy", device -> device.getHealth().getBusy());

  private final String name;
  private final @Nullable ToDoubleFunction<Device> number;
  private final Function<Device, List<String>> words;

  /** How two numbers are compared. */
  @FunctionalInterface
  interface Order {
    boolean holds(double have, double want);
  }

  private SelectorKey(
      String name,
      @Nullable ToDoubleFunction<Device> number,
      Function<Device, List<String>> words) {
    this.name = name;
    this.number = number;
    this.words = words;
  }

  static SelectorKey of(String name) {
    Function<Device, List<String>> words = WORDS.get(name);
    if (words != null) {
      return new SelectorKey(name, null, words);
    }
    ToDoubleFunction<Device> number = NUMBERS.get(name);
    if (number != null) {
      return new SelectorKey(name, number, device -> List.of());
    }
    String label = name.startsWith(LABEL_PREFIX) ? name.substring(LABEL_PREFIX.length()) : name;
    return new SelectorKey(name, null, device -> label(device, label));
  }

  String name() {
    return name;
  }

  boolean isNumber() {
    return number != null;
  }

  boolean accepts(String value) {
    return number == null || NUMBER.matcher(value).matches();
  }

  /** Returns what {@link #accepts} asks for, in words. */
  String takes() {
    return "a number, for bytes with a unit such as GiB";
  }

  /** Returns the number that an accepted value means. */
  double number(String value) {
    Matcher match = NUMBER.matcher(value);
    if (!match.matches()) {
      return Double.NaN;
    }
    String unit = match.group(2) == null ? "B" : match.group(2);
    return Double.parseDouble(match.group(1)) * UNITS.getOrDefault(unit, 1.0);
  }

  boolean isPresent(Device device) {
    return number == null ? !words.apply(device).isEmpty() : device.hasHealth();
  }

  boolean compares(Device device, double want, Order order) {
    return number != null && device.hasHealth() && order.holds(number.applyAsDouble(device), want);
  }

  boolean hasOneOf(Device device, Set<String> values) {
    if (number != null) {
      return values.stream().anyMatch(v -> compares(device, number(v), (a, b) -> a == b));
    }
    List<String> have = words.apply(device);
    return values.stream().anyMatch(value -> have.contains(value) || hasDigest(device, value));
  }

  private boolean hasDigest(Device device, String value) {
    if (name.equals("model")) {
      String digest = hex(device.getInstalled().getModelSha256().toByteArray());
      boolean resident = !digest.isEmpty() || !device.getResidentModel().isEmpty();
      return value.equals("resident") ? resident : isPrefix(value, digest);
    }
    return name.equals("release")
        && isPrefix(value, hex(device.getInstalled().getManifestSha256().toByteArray()));
  }

  private static boolean isPrefix(String value, String digest) {
    return value.length() >= DIGEST_PREFIX_CHARS_MIN
        && HEX.matcher(value).matches()
        && digest.startsWith(value);
  }

  private static String hex(byte[] bytes) {
    return Hashes.hex(bytes);
  }

  private static List<String> label(Device device, String label) {
    String value = device.getLabelsMap().get(label);
    return value == null ? List.of() : List.of(value);
  }

  private static List<String> present(String text) {
    return text.isEmpty() ? List.of() : List.of(text);
  }

  private static List<String> arch(Device device) {
    return switch (device.getHello().getArch()) {
      case X86_64 -> List.of("x86_64", "x86-64", "amd64");
      case AARCH64 -> List.of("aarch64", "arm64");
      default -> List.of();
    };
  }

  private static List<String> version(Device device) {
    Hello hello = device.getHello();
    return device.hasHello()
        ? List.of(hello.getAgentMajor() + "." + hello.getAgentMinor() + "." + hello.getAgentPatch())
        : List.of();
  }

  private static List<String> tools(Device device) {
    return device.getHello().getToolsList().stream().map(Vocabulary::toolLabel).toList();
  }
}
