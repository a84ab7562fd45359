package dev.drover.hub.core;

import dev.drover.crypto.Hashes;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceConfig;
import dev.drover.v1.Hello;
import dev.drover.wire.Vocabulary;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a term of a {@link Selector} looks at: a label, or something a device is or has. */
final class SelectorKey {
  private static final String LABEL_PREFIX = "label.";
  private static final int DIGEST_PREFIX_CHARS_MIN = 4;
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{4,64}");

  private static final Map<String, Function<Device, List<String>>> WORDS =
      Map.ofEntries(
          Map.entry("device", device -> List.of(device.getDevice())),
          Map.entry("state", device -> List.of(word(device.getState()))),
          Map.entry("arch", SelectorKey::arch),
          Map.entry("power", SelectorKey::power),
          Map.entry("network", SelectorKey::network),
          Map.entry("version", SelectorKey::version),
          Map.entry("tool", SelectorKey::tools),
          Map.entry("config", SelectorKey::config),
          Map.entry("release", device -> present(device.getRelease())),
          Map.entry("model", device -> present(device.getResidentModel())));

  private final String name;
  private final @Nullable SelectorNumber number;
  private final @Nullable Function<Device, List<String>> words;

  /** How two numbers are compared. */
  @FunctionalInterface
  interface Order {
    boolean holds(double have, double want);
  }

  private SelectorKey(
      String name,
      @Nullable SelectorNumber number,
      @Nullable Function<Device, List<String>> words) {
    this.name = name;
    this.number = number;
    this.words = words;
  }

  static SelectorKey of(String name) {
    Function<Device, List<String>> words = WORDS.get(name);
    SelectorNumber number = SelectorNumber.of(name);
    if (words != null || number != null) {
      return new SelectorKey(name, number, words);
    }
    String label = name.startsWith(LABEL_PREFIX) ? name.substring(LABEL_PREFIX.length()) : name;
    return new SelectorKey(name, SelectorNumber.ofLabel(label), device -> label(device, label));
  }

  String name() {
    return name;
  }

  /** Returns whether the key can be compared by size. */
  boolean isNumber() {
    return number != null;
  }

  /** Returns whether the value can equal what the key means. */
  boolean accepts(String value) {
    return words != null || number(value).isPresent();
  }

  /** Returns what the key takes, in words. */
  String takes() {
    return number == null ? "a word" : number.takes();
  }

  /** Returns the number that a value means, if it means one for this key. */
  OptionalDouble number(String value) {
    return number == null ? OptionalDouble.empty() : number.parse(value);
  }

  boolean isPresent(Device device, long nowMs) {
    if (words != null) {
      return !words.apply(device).isEmpty();
    }
    return number != null && number.read(device, nowMs).isPresent();
  }

  boolean compares(Device device, long nowMs, double want, Order order) {
    if (number == null) {
      return false;
    }
    OptionalDouble have = number.read(device, nowMs);
    return have.isPresent() && order.holds(have.getAsDouble(), want);
  }

  boolean hasOneOf(Device device, long nowMs, Set<String> values) {
    if (words == null) {
      return values.stream()
          .anyMatch(
              value ->
                  compares(
                      device,
                      nowMs,
                      number(value).orElse(Double.NaN),
                      (have, want) -> have == want));
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

  private static List<String> power(Device device) {
    return switch (device.getHealth().getPower()) {
      case MAINS -> List.of("mains");
      case BATTERY -> List.of("battery");
      default -> List.of();
    };
  }

  private static List<String> network(Device device) {
    return switch (device.getHealth().getNetwork()) {
      case UNMETERED -> List.of("unmetered");
      case METERED -> List.of("metered");
      default -> List.of();
    };
  }

  /** Where nothing is desired there is no word; until the device keeps it, only one. */
  private static List<String> config(Device device) {
    DeviceConfig config = device.getConfig();
    if (config.getDesiredCount() == 0) {
      return List.of();
    }
    if (!config.getInSync()) {
      return List.of("sent");
    }
    return config.getStatesMap().values().stream()
        .map(state -> word(state).replace("config_", "").replace('_', '-'))
        .distinct()
        .toList();
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
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
