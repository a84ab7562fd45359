package dev.drover.deploy.fleet;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The machine that the fleet runs on: its launcher and ports. */
public final class Machine {
  private static final int DELETE_TRIES = 100;

  private Machine() {}

  /**
   * Returns the command that starts parts.
   *
   * @throws DroverException {@code INVALID_ARGUMENT} where this process was started without it
   */
  public static Path launcher(Map<String, String> environment) {
    String launcher = environment.get("DROVER_LAUNCHER");
    if (launcher == null) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "Start this with the launcher, deploy/drover.");
    }
    return Path.of(launcher);
  }

  /**
   * Returns the command of Drover as a person can type it in a shell: the launcher by its path,
   * which need not be on the PATH.
   */
  public static String typed(Path launcher) {
    String path = launcher.toString();
    boolean plain = path.matches("[A-Za-z0-9_@%+=:,./-]+");
    return plain ? path : "'" + path.replace("'", "'\\''") + "'";
  }

  /** Returns a TCP port of {@link #loopback} that nobody listens on now. */
  public static int freePort() throws IOException {
    return freePorts(1).get(0);
  }

  /**
   * Returns TCP ports of {@link #loopback} that nobody listens on now, each another one.
   *
   * @throws IOException if the machine does not give that many at once
   */
  public static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      while (held.size() < count) {
        held.add(new ServerSocket(0, 1, loopback()));
      }
      return held.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  /** Returns the address that hubs listen on unless they are told otherwise. */
  public static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  /** Deletes a directory with everything in it, if it is there; others may be deleting it too. */
  public static void delete(Path folder) throws IOException {
    for (int tries = 1; Files.exists(folder); tries++) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      } catch (NoSuchFileException gone) {
        if (tries == DELETE_TRIES) {
          throw gone;
        }
      } catch (UncheckedIOException unreadable) {
        if (tries == DELETE_TRIES || !(unreadable.getCause() instanceof NoSuchFileException)) {
          throw unreadable.getCause();
        }
      }
    }
  }

  /** Returns the bytes of all files in a directory. */
  public static long bytes(Path directory) throws IOException {
    try (Stream<Path> found = Files.walk(directory)) {
      long bytes = 0;
      List<Path> files =
          found.filter(p -> Files.isRegularFile(p, LinkOption.NOFOLLOW_LINKS)).toList();
      for (Path file : files) {
        bytes += Files.size(file);
      }
      return bytes;
    }
  }
}
