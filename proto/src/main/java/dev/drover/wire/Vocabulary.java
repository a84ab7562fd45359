package dev.drover.wire;

import java.util.List;
import java.util.Optional;

/**
 * Numbers for the names of built-in tools, by which a device says what it can do without sending
 * text.
 *
 * <p>The list only grows: a number never changes its meaning. A name that a newer peer knows is
 * shown as {@code tool-<number>}. Thread-safe, no state.
 */
public final class Vocabulary {
  /** Names by number, from 1. */
  private static final List<String> TOOLS =
      List.of("device.status", "files.read", "files.list", "files.search", "notes.ask");

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
}
