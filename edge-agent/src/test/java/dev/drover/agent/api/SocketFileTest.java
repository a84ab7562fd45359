package dev.drover.agent.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketFileTest {
  @TempDir Path directory;

  @Test
  void socket_ofRunningServer_isForItsUserOnlyAndGoneAfterwards() throws IOException {
    Path socket = directory.resolve("run/agent.sock");
    try (ServerFixture fixture = new ServerFixture(socket, new StepRuntime(false), null)) {
      assertEquals("rwx------", permissions(socket.getParent()));
      assertEquals("rw-------", permissions(socket));
      assertEquals(-1, fixture.server.tcpPort());
    }
    assertFalse(Files.exists(socket));
  }

  @Test
  void socket_onWhichSomebodyListens_isLeftAlone() {
    Path socket = directory.resolve("run/agent.sock");
    try (ServerFixture fixture = new ServerFixture(socket, new StepRuntime(false), null)) {
      DroverException refused =
          assertThrows(
              DroverException.class, () -> new ServerFixture(socket, new StepRuntime(false), null));

      assertEquals(ErrorCode.DATA_DIRECTORY_IN_USE, refused.code());
      assertTrue(Files.exists(socket));
      assertEquals(0, fixture.calls.get());
    }
  }

  @Test
  void socket_ofEndedProcess_isReplaced() throws IOException {
    Path socket = privately("run").resolve("agent.sock");
    try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(socket));
    }
    assertTrue(Files.exists(socket));

    SocketFile.prepare(socket);

    assertFalse(Files.exists(socket));
  }

  @Test
  void socket_whoseNameIsTaken_isRefused() throws IOException {
    Path file = Files.createFile(privately("run").resolve("agent.sock"));

    assertEquals(ErrorCode.CONFIG_INVALID_VALUE, refused(file));
    assertTrue(Files.exists(file));
  }

  @Test
  void socket_inDirectoryOpenToOthers_isRefused() throws IOException {
    Path open = privately("open");
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-x---"));

    assertEquals(ErrorCode.CONFIG_INVALID_VALUE, refused(open.resolve("agent.sock")));
  }

  @Test
  void socket_withLongPath_isRefused() {
    assertEquals(
        ErrorCode.CONFIG_INVALID_VALUE, refused(directory.resolve("long".repeat(30) + "/s")));
  }

  private Path privately(String name) throws IOException {
    return Files.createDirectory(
        directory.resolve(name),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private static ErrorCode refused(Path socket) {
    return assertThrows(DroverException.class, () -> SocketFile.prepare(socket)).code();
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
