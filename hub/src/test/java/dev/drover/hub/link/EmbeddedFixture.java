package dev.drover.hub.link;

import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.core.BrokerLink;
import dev.drover.testkit.TestFleet;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The embedded broker on a free port of loopback. */
public final class EmbeddedFixture implements BrokerFixture {
  private final TestFleet fleet = new TestFleet();
  private final Set<BigInteger> revoked = ConcurrentHashMap.newKeySet();
  private final Path directory;
  private final BrokerLink.Listener listener;
  private final EmbeddedBrokerConfig.Pending pending;
  private final int port;
  private EmbeddedBroker broker;

  /** Starts a broker whose files lie in the directory. */
  public EmbeddedFixture(Path directory, BrokerLink.Listener listener) throws Exception {
    this(
        directory,
        listener,
        new EmbeddedBrokerConfig.Pending(5_000, 16L << 20, Duration.ofSeconds(30)));
  }

  /** Starts a broker with these bounds. */
  public EmbeddedFixture(
      Path directory, BrokerLink.Listener listener, EmbeddedBrokerConfig.Pending pending)
      throws Exception {
    this.directory = directory;
    this.listener = listener;
    this.pending = pending;
    this.port = BrokerFixture.freePort();
    this.broker = start();
  }

  private EmbeddedBroker start() {
    EmbeddedBrokerConfig config =
        new EmbeddedBrokerConfig(
            TestFleet.TENANT,
            "127.0.0.1",
            port,
            directory.resolve("broker"),
            1_000,
            pending,
            Duration.ofSeconds(60));
    EmbeddedBroker started =
        new EmbeddedBroker(
            config, fleet.server(), (identity, serial) -> revoked.contains(serial), fleet.random());
    started.start(listener);
    return started;
  }

  @Override
  public TestFleet fleet() {
    return fleet;
  }

  @Override
  public HostPort address() {
    return new HostPort("127.0.0.1", port);
  }

  @Override
  public EmbeddedBroker link() {
    return broker;
  }

  @Override
  public BrokerLink.Listener listener() {
    return listener;
  }

  @Override
  public void restart() {
    broker.close();
    broker = start();
  }

  @Override
  public void revoke(Identity identity, TlsMaterial material) throws Exception {
    revoked.add(material.certificate().getSerialNumber());
    broker.disconnect(identity).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    broker.close();
  }
}
