package dev.drover.deploy.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which process listens on a TCP port, from Linux' {@code /proc/net/tcp} and the open files of the
 * processes that this user may see; see {@code proc(5)}.
 */
final class PortOwner {
  private static final String LISTENS = "0A";
  private static final int STATE = 3;
  private static final int INODE = 9;

  private PortOwner() {}

  /** Returns a process as {@code 4711 (name)}; empty where it is another user's. */
  static Optional<String> of(int port) {
    Set<String> sockets = new HashSet<>();
    for (String table : List.of("tcp", "tcp6")) {
      lines(Path.of("/proc/net", table)).forEach(line -> add(sockets, line, port));
    }
    if (sockets.isEmpty()) {
      return Optional.empty();
    }
    return ProcessHandle.allProcesses()
        .filter(process -> holds(process.pid(), sockets))
        .findFirst()
        .map(process -> process.pid() + " (" + name(process.pid()) + ")");
  }

  private static void add(Set<String> sockets, String line, int port) {
    String[] columns = line.strip().split("\\s+");
    if (columns.length > INODE && columns[STATE].equals(LISTENS)) {
      String local = columns[1].substring(columns[1].lastIndexOf(':') + 1);
      if (Integer.parseInt(local, 16) == port) {
        sockets.add("socket:[" + columns[INODE] + "]");
      }
    }
  }

  private static boolean holds(long pid, Set<String> sockets) {
    Path files = Path.of("/proc", Long.toString(pid), "fd");
    try (DirectoryStream<Path> open = Files.newDirectoryStream(files)) {
      for (Path file : open) {
        if (sockets.contains(Files.readSymbolicLink(file).toString())) {
          return true;
        }
      }
      return false;
    } catch (IOException notMine) {
      return false;
    }
  }

  private static String name(long pid) {
    List<String> lines = lines(Path.of("/proc", Long.toString(pid), "comm"));
    return lines.isEmpty() ? "?" : lines.get(0);
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException absent) {
      return List.of();
    }
  }
}
