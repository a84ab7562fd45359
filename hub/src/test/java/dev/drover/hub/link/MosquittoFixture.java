package dev.drover.hub.link;

import static org.awaitility.Awaitility.await;

import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.core.BrokerLink;
import dev.drover.testkit.Needs;
import dev.drover.testkit.TestFleet;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A real Mosquitto as a child process, configured by {@link MosquittoFiles}. */
public final class MosquittoFixture implements BrokerFixture {
  private final TestFleet fleet = new TestFleet();
  private final List<BigInteger> revokedSerials = new CopyOnWriteArrayList<>();
  private final List<String> revokedDevices = new CopyOnWriteArrayList<>();
  private final Path program = Needs.mosquitto();
  private final Path directory;
  private final BrokerLink.Listener listener;
  private final MosquittoFiles files;
  private final int port;
  private final MqttBrokerLink link;
  private Process process;

  /** Starts a broker whose files lie in the directory. */
  public MosquittoFixture(Path directory, BrokerLink.Listener listener) throws Exception {
    this.directory = directory;
    this.listener = listener;
    this.port = BrokerFixture.freePort();
    this.files = new MosquittoFiles(directory, TestFleet.TENANT, fleet.ca());
    files.create("127.0.0.1", port, List.of("localhost", "127.0.0.1"), fleet.random(), fleet.now());
    // Started by root it would change to another user and not read the test's files.
    Files.writeString(
        files.config(),
        "user " + System.getProperty("user.name") + "\n",
        StandardOpenOption.APPEND);
    this.process = launch();
    this.link =
        new MqttBrokerLink(
            new ExternalBrokerConfig(
                TestFleet.TENANT,
                List.of(address()),
                EmbeddedBrokerConfig.Pending.DEFAULT,
                Duration.ofMillis(50),
                Duration.ofMillis(500)),
            () -> fleet.client(Identity.hub(TestFleet.TENANT)),
            Clock.systemUTC(),
            new SplittableRandom(1),
            this::written,
            fleet::client,
            identity -> revokedDevices.contains(identity.name()));
    link.start(listener);
    await().until(() -> link.health().connected());
  }

  private Process launch() throws IOException {
    return new ProcessBuilder(program.toString(), "-c", files.config().toString())
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(directory.resolve("mosquitto.log").toFile()))
        .start();
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
  public MqttBrokerLink link() {
    return link;
  }

  @Override
  public BrokerLink.Listener listener() {
    return listener;
  }

  @Override
  public void restart() throws Exception {
    process.destroyForcibly().waitFor();
    await().until(() -> !link.health().connected());
    process = launch();
    await().until(() -> link.health().connected());
  }

  @Override
  public void revoke(Identity identity, TlsMaterial material) throws Exception {
    refuse(identity, material);
    link.disconnect(identity).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  /** Notes a revocation in the broker's files, and nothing more. */
  void refuse(Identity identity, TlsMaterial material) {
    revokedSerials.add(material.certificate().getSerialNumber());
    revokedDevices.add(identity.name());
    var unused = written(identity);
  }

  private CompletionStage<Void> written(Identity identity) {
    files.update(revokedSerials, revokedDevices, fleet.now());
    return CompletableFuture.completedFuture(null);
  }

  /** Makes Mosquitto read its access rules and its revocation list again, as its owner does. */
  void hangUp() throws Exception {
    Process kill = new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill failed");
    }
  }

  @Override
  public void close() {
    link.close();
    process.destroyForcibly();
    await().until(() -> !process.isAlive());
  }
}
