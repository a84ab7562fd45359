package dev.drover.agent.api;

import dev.drover.crypto.DurableFiles;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The place of a Unix socket: private, and free of what an ended process left there. */
final class SocketFile {
  /** Longest path in bytes: {@code sun_path} of {@code unix(7)}, less the byte that ends it. */
  private static final int PATH_BYTES_MAX = 107;

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private SocketFile() {}

  /**
   * Makes the directory, of mode 0700, and deletes a socket on which nobody listens.
   *
   * @throws DroverException {@code DATA_DIRECTORY_IN_USE} where somebody listens, {@code
   *     CONFIG_INVALID_VALUE} where the path is too long, names something else, or lies in a
   *     directory that others may enter; {@code STORE_FAILED}
   */
  static void prepare(Path socket) {
    if (socket.toString().getBytes(StandardCharsets.UTF_8).length > PATH_BYTES_MAX) {
      throw invalid("its path is longer than " + PATH_BYTES_MAX + " bytes");
    }
    Path directory = socket.toAbsolutePath().getParent();
    if (directory == null) {
      throw invalid("it has no directory");
    }
    try {
      Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
      if (!PRIVATE.containsAll(Files.getPosixFilePermissions(directory))) {
        throw invalid("others may enter its directory, whose mode must be 0700");
      }
      if (Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
        deleteStale(socket);
      }
    } catch (IOException failed) {
      throw DurableFiles.failure("cannot use the socket", socket, failed);
    }
  }

  /** Lets only the owner connect. */
  static void restrict(Path socket) {
    try {
      Files.setPosixFilePermissions(socket, DurableFiles.OWNER_ONLY);
    } catch (IOException failed) {
      throw DurableFiles.failure("cannot restrict the socket", socket, failed);
    }
  }

  private static void deleteStale(Path socket) throws IOException {
    Object other = Files.getAttribute(socket, "isOther", LinkOption.NOFOLLOW_LINKS);
    if (!Boolean.TRUE.equals(other)) {
      throw invalid("there is something else than a socket");
    }
    if (somebodyListens(socket)) {
      throw new DroverException(
          ErrorCode.DATA_DIRECTORY_IN_USE, "Another agent listens on this socket.");
    }
    Files.delete(socket);
  }

  private static boolean somebodyListens(Path socket) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return channel.isConnected();
    } catch (ConnectException nobody) {
      return false;
    }
  }

  private static DroverException invalid(String why) {
    return new DroverException(
        ErrorCode.CONFIG_INVALID_VALUE, "The value of grpc.socket cannot be used: " + why + ".");
  }
}
