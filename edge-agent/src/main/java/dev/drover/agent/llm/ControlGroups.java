package dev.drover.agent.llm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The control groups that limit this process' memory: its own and those around it, of version 2
 * (Linux' {@code cgroup-v2.rst}) or of version 1 ({@code cgroup-v1/memory.rst}).
 *
 * <p>A limit may stand in any of them: a service manager sets it on the service, a container
 * runtime on the container, whose own view then begins there.
 */
final class ControlGroups {
  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");
  private static final Pattern FILE_PAGES =
      Pattern.compile("(total_)?(in)?active_file (\\d{1,18})");

  /** What version 1 calls unlimited is the largest number of whole pages. */
  private static final long UNLIMITED = 1L << 62;

  private ControlGroups() {}

  /**
   * A group with a limit.
   *
   * @param limitBytes most that its processes may use together
   * @param freeBytes what they could still take; file pages count, for they are given back
   */
  record Group(long limitBytes, long freeBytes) {}

  /**
   * Returns the groups with a limit, the innermost first.
   *
   * @param root directory laid out like the system's, with {@code proc/self/cgroup} and {@code
   *     sys/fs/cgroup}
   */
  static List<Group> limited(Path root) {
    Path mounted = root.resolve("sys/fs/cgroup");
    List<Group> groups = new ArrayList<>();
    for (String line : text(root.resolve("proc/self/cgroup")).lines().toList()) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3 && parts[0].equals("0")) {
        add(groups, mounted, parts[2], List.of("memory.max", "memory.current"));
      } else if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
        List<String> files = List.of("memory.limit_in_bytes", "memory.usage_in_bytes");
        add(groups, mounted.resolve("memory"), parts[2], files);
      }
    }
    return groups;
  }

  private static void add(List<Group> groups, Path mount, String path, List<String> files) {
    Path group = mount.resolve(path.startsWith("/") ? path.substring(1) : path).normalize();
    for (Path at = group; at != null && at.startsWith(mount); at = at.getParent()) {
      Group found = read(at, files);
      if (found != null) {
        groups.add(found);
      }
    }
  }

  private static @Nullable Group read(Path group, List<String> files) {
    String limit = text(group.resolve(files.get(0))).strip();
    String used = text(group.resolve(files.get(1))).strip();
    if (!NUMBER.matcher(limit).matches() || !NUMBER.matcher(used).matches()) {
      return null;
    }
    long limitBytes = Long.parseLong(limit);
    if (limitBytes >= UNLIMITED) {
      return null;
    }
    long free = limitBytes - Long.parseLong(used) + filePages(group.resolve("memory.stat"));
    return new Group(limitBytes, Math.max(0, Math.min(limitBytes, free)));
  }

  /** Version 1 counts a group's own pages, and in other rows those below it too. */
  private static long filePages(Path statistics) {
    long own = 0;
    long all = 0;
    for (String row : text(statistics).lines().toList()) {
      var matcher = FILE_PAGES.matcher(row);
      if (matcher.matches()) {
        long bytes = Long.parseLong(matcher.group(3));
        own += matcher.group(1) == null ? bytes : 0;
        all += matcher.group(1) == null ? 0 : bytes;
      }
    }
    return Math.max(own, all);
  }

  private static String text(Path file) {
    try {
      return Files.isReadable(file) ? Files.readString(file) : "";
    } catch (IOException unreadable) {
      return "";
    }
  }
}
