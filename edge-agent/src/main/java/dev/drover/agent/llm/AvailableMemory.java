package dev.drover.agent.llm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Memory that a model could still take, without swapping: what the kernel calls available, within
 * the limits of this process' control groups.
 */
public final class AvailableMemory {
  private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+(\\d{1,15}) kB");
  private static final Path SYSTEM = Path.of("/");
  private static final long KIB = 1024;

  private AvailableMemory() {}

  /** Returns bytes; all there could be where the system does not say. */
  public static long bytes() {
    return bytes(SYSTEM);
  }

  /** Returns the least limit of a control group around this process; 0 where there is none. */
  public static long limitBytes() {
    return limitBytes(SYSTEM);
  }

  static long limitBytes(Path root) {
    return ControlGroups.limited(root).stream()
        .mapToLong(ControlGroups.Group::limitBytes)
        .min()
        .orElse(0);
  }

  static long bytes(Path root) {
    long available = Long.MAX_VALUE;
    Matcher line = AVAILABLE.matcher(text(root.resolve("proc/meminfo")));
    if (line.find()) {
      available = Long.parseLong(line.group(1)) * KIB;
    }
    for (ControlGroups.Group group : ControlGroups.limited(root)) {
      available = Math.min(available, group.freeBytes());
    }
    return available;
  }

  private static String text(Path file) {
    try {
      return Files.isReadable(file) ? Files.readString(file) : "";
    } catch (IOException unreadable) {
      return "";
    }
  }
}
