package dev.drover.deploy.doctor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.deploy.doctor.Finding.Level;
import dev.drover.hub.HubFixture;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortChecksTest {
  private static final String LOOPBACK = "127.0.0.1";

  private final Seen seen = new Seen();
  private final PortChecks ports = new PortChecks(seen.findings, new SecureRandom());

  @TempDir Path data;

  @Test
  void port_thatNobodyHas_isFree() throws IOException {
    int port;
    try (ServerSocket socket = listen()) {
      port = socket.getLocalPort();
    }
    ports.port("api.port", LOOPBACK, port, true);
    seen.only("port " + port, Level.OK);
  }

  @Test
  void port_ofAnotherProgram_namesTheProcess() throws IOException {
    try (ServerSocket taken = listen()) {
      int port = taken.getLocalPort();
      ports.port("api.port", LOOPBACK, port, true);
      Finding found = seen.failed("port " + port, ErrorCode.PORT_IN_USE);
      String self = "process " + ProcessHandle.current().pid();
      assertTrue(found.detail().contains(self), found.detail());
      assertTrue(found.next().contains("--set api.port="), found.next());
    }
  }

  @Test
  void port_ofAnotherProgramWhereNoHubIs_isOnlyAWarning() throws IOException {
    try (ServerSocket taken = listen()) {
      ports.port("api.port", LOOPBACK, taken.getLocalPort(), false);
      seen.only("port " + taken.getLocalPort(), Level.WARN);
    }
  }

  @Test
  void port_ofAHub_isRecognisedByItsCertificate() {
    try (HubFixture hub = HubFixture.withoutBroker(data)) {
      int port = HostPort.parse(hub.address()).port();
      ports.port("api.port", LOOPBACK, port, true);
      assertTrue(seen.only("port " + port, Level.OK).detail().contains("a hub of tenant default"));
    }
  }

  @Test
  void port_onAnAddressOfAnotherMachine_isWrongWhereAHubIs() {
    ports.port("api.port", "192.0.2.1", 1024, true);
    seen.failed("port 1024", ErrorCode.CONFIG_INVALID_VALUE);
  }

  /** Ends connections at once, so that a handshake does. */
  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getByName(LOOPBACK));
  }
}
