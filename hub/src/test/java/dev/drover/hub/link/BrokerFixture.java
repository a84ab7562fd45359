package dev.drover.hub.link;

import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.core.BrokerLink;
import dev.drover.testkit.TestFleet;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;

/** A broker with the hub on it, of either kind, for tests. */
public interface BrokerFixture extends AutoCloseable {
  /** Returns the CA and its certificates. */
  TestFleet fleet();

  /** Returns where devices connect. */
  HostPort address();

  /** Returns the hub's link as it is now; another one after a restart of the embedded broker. */
  BrokerLink link();

  /** Returns the messages that the hub's link has delivered. */
  BrokerLink.Listener listener();

  /** Kills the broker as a crash would and starts it again on the same address, with no state. */
  void restart() throws Exception;

  /** Revokes a device's certificate as the hub does. */
  void revoke(Identity identity, TlsMaterial material) throws Exception;

  @Override
  void close();

  /**
   * Returns a TCP port on loopback that was free a moment ago. It is below those that systems give
   * to outgoing connections, so none of these takes it while a broker is down.
   */
  static int freePort() throws IOException {
    SecureRandom random = new SecureRandom();
    IOException taken = new IOException("no port was tried");
    for (int i = 0; i < 100; i++) {
      int port = random.nextInt(10_000, 32_000);
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
        return probe.getLocalPort();
      } catch (BindException used) {
        taken = used;
      }
    }
    throw taken;
  }
}
