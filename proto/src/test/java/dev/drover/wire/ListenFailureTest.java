package dev.drover.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.ServerSocketChannel;
import org.junit.jupiter.api.Test;

class ListenFailureTest {
  @Test
  void takenPort_isPortInUse() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      DroverException failure = listen("127.0.0.1", taken.getLocalPort());
      assertEquals(ErrorCode.PORT_IN_USE, failure.code());
      assertTrue(failure.getMessage().contains(Integer.toString(taken.getLocalPort())));
    }
  }

  @Test
  void addressOfAnotherMachine_isNoTakenPort() {
    // TEST-NET-1 of RFC 5737: no machine has it.
    DroverException failure = listen("192.0.2.1", 0);
    assertEquals(ErrorCode.CONFIG_INVALID_VALUE, failure.code());
    assertEquals(
        "The listener cannot listen on 192.0.2.1: this machine has no such address.",
        failure.getMessage());
  }

  @Test
  void nameThatDoesNotResolve_isNoTakenPort() {
    InetSocketAddress nowhere = InetSocketAddress.createUnresolved("nowhere.invalid", 0);
    RuntimeException thrown =
        assertThrows(RuntimeException.class, () -> open().bind(nowhere).close());
    DroverException failure = ListenFailure.of("The listener", "nowhere.invalid", 0, thrown);
    assertEquals(ErrorCode.CONFIG_INVALID_VALUE, failure.code());
  }

  private static ServerSocketChannel open() throws IOException {
    return ServerSocketChannel.open();
  }

  private static DroverException listen(String host, int port) {
    IOException thrown =
        assertThrows(
            IOException.class,
            () -> {
              try (ServerSocketChannel channel = open()) {
                channel.bind(new InetSocketAddress(host, port));
              }
            });
    return ListenFailure.of("The listener", host, port, new RuntimeException(thrown));
  }
}
