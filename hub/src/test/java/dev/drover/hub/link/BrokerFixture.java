package dev.drover.hub.link;

import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.core.BrokerLink;
import dev.drover.testkit.TestFleet;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

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

  /** Returns a TCP port on loopback that was free a moment ago. */
  static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      return probe.getLocalPort();
    }
  }
}
