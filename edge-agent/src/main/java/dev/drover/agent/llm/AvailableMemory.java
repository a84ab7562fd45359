package dev.drover.agent.llm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Memory that a model could still take, without swapping: what the kernel calls available, within
 * the limit of this process' control group.
 */
public final class AvailableMemory {
  private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+(\\d{1,15}) kB");
  private static final long KIB = 1024;

  private AvailableMemory() {}

  /** Returns bytes; all there could be where the system does not say. */
  public static long bytes() {
    return bytes(Path.of("/proc/meminfo"), Path.of("/sys/fs/cgroup"));
  }

  /** Reads files laid out like Linux' own; the group is one of version 2. */
  static long bytes(Path meminfo, Path group) {
    long available = Long.MAX_VALUE;
    Matcher line = AVAILABLE.matcher(text(meminfo));
    if (line.find()) {
      available = Long.parseLong(line.group(1)) * KIB;
    }
    String limit = text(group.resolve("memory.max")).strip();
    String used = text(group.resolve("memory.current")).strip();
    if (limit.matches("\\d{1,18}") && used.matches("\\d{1,18}")) {
      // What the group uses includes file pages, which are given back when needed.
      long reclaimable = reclaimable(text(group.resolve("memory.stat")));
      long free = Long.parseLong(limit) - Long.parseLong(used) + reclaimable;
      available = Math.min(available, Math.max(0, free));
    }
    return available;
  }

  private static long reclaimable(String statistics) {
    long bytes = 0;
    for (String row : statistics.lines().toList()) {
      if (row.matches("(in)?active_file \\d{1,18}")) {
        bytes += Long.parseLong(row.substring(row.indexOf(' ') + 1));
      }
    }
    return bytes;
  }

  private static String text(Path file) {
    try {
      return Files.isReadable(file) ? Files.readString(file) : "";
    } catch (IOException unreadable) {
      return "";
    }
  }
}
