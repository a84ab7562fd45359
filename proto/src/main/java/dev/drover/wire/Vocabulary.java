package dev.drover.wire;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Numbers for the names of built-in tools and of what they tell the hub, by which a device speaks
 * of them without sending text.
 *
 * <p>The lists only grow: a number never changes its meaning. A name that a newer peer knows is
 * shown as {@code tool-<number>} or {@code field-<number>}. Thread-safe, no state.
 */
public final class Vocabulary {
  /** Names by number, from 1. */
  private static final List<String> TOOLS =
      List.of("device.status", "files.read", "files.list", "files.search", "notes.ask");

  /** What of a tool's result travels to the hub, numbered from 0 by its order. */
  private static final Map<String, List<String>> FIELDS =
      Map.of(
          "device.status",
          List.of(
              "cpus",
              "load_permille",
              "memory_total_bytes",
              "memory_available_bytes",
              "disk_free_bytes",
              "temperature_millicelsius",
              "busy"),
          "files.read",
          List.of("bytes"),
          "files.list",
          List.of("count"),
          "files.search",
          List.of("count", "files"));

  private Vocabulary() {}

  /** Returns the names of the built-in tools; the first has number 1. */
  public static List<String> tools() {
    return TOOLS;
  }

  /** Returns the number of a tool, or 0 for a name that is not in the list. */
  public static int toolNumber(String name) {
    return TOOLS.indexOf(name) + 1;
  }

  /** Returns the name of a tool, or empty for a number that is not in the list. */
  public static Optional<String> toolName(int number) {
    return number >= 1 && number <= TOOLS.size()
        ? Optional.of(TOOLS.get(number - 1))
        : Optional.empty();
  }

  /** Returns a name for any number, also one of a newer peer. */
  public static String toolLabel(int number) {
    return toolName(number).orElse("tool-" + number);
  }

  /** Returns the names of the fields that a tool tells the hub, in the order that numbers them. */
  public static List<String> toolFields(String tool) {
    return FIELDS.getOrDefault(tool, List.of());
  }

  /** Returns a name for the field of any number, also one that only a newer peer knows. */
  public static String toolFieldLabel(String tool, int number) {
    List<String> fields = toolFields(tool);
    return number >= 0 && number < fields.size() ? fields.get(number) : "field-" + number;
  }
}
