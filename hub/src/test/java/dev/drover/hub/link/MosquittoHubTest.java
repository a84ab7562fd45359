package dev.drover.hub.link;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.HubAssembly;
import dev.drover.hub.HubFixture;
import dev.drover.hub.cli.HubCommand;
import dev.drover.hub.enrol.HubKeys;
import dev.drover.testkit.Needs;
import dev.drover.v1.RevokeDeviceRequest;
import dev.drover.v1.Role;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import dev.drover.wire.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A whole hub on a Mosquitto that runs with what the hub's command wrote, and nothing else. */
class MosquittoHubTest {
  private static final String DEVICE = "lamp";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private final Path program = Needs.mosquitto();
  private final SecureRandom random = new SecureRandom();
  private final Clock clock = Clock.systemUTC();
  @TempDir private Path directory;

  @Test
  void brokerThatForgotEverything_isGivenTheMetadataAgain() throws Exception {
    HostPort broker = new HostPort("127.0.0.1", BrokerFixture.freePort());
    Path data = directory.resolve("hub");
    Path files = directory.resolve("mosquitto");
    writeFiles(data, broker, files);
    Path timestamp = data.resolve("repository/documents/timestamp.json");
    Files.createDirectories(timestamp.getParent());
    Files.writeString(timestamp, "signed");
    TlsMaterial device = device(data);

    Process mosquitto = launch(files);
    try (HubFixture hub =
        HubFixture.start(
            data, Map.of("broker.external", broker.toString(), "broker.files", files.toString()))) {
      assertEquals(data, hub.data());
      awaitMetadata(broker, device);
      mosquitto.destroyForcibly().waitFor();
      mosquitto = launch(files);
      awaitMetadata(broker, device);
    } finally {
      mosquitto.destroyForcibly().waitFor();
    }
  }

  @Test
  void revokedDevice_isCut_alsoBeforeTheBrokerKnows_andRefusedOnceItDoes() throws Exception {
    HostPort broker = new HostPort("127.0.0.1", BrokerFixture.freePort());
    Path data = directory.resolve("hub");
    Path files = directory.resolve("mosquitto");
    writeFiles(data, broker, files);
    Process mosquitto = launch(files);
    try (HubFixture hub =
        HubFixture.start(
            data, Map.of("broker.external", broker.toString(), "broker.files", files.toString()))) {
      DeviceKeys keys = new DeviceKeys(DEVICE);
      TlsMaterial material = keys.control(keys.enrol(hub));
      try (TestClient live = connected(broker, material)) {
        var unused =
            hub.as(Role.ADMIN)
                .calls()
                .revokeDevice(RevokeDeviceRequest.newBuilder().setDevice(DEVICE).build());
        await().atMost(PATIENCE).until(live::lost);
      }
      try (TestClient back = connected(broker, material)) {
        await().atMost(PATIENCE).until(back::lost);
      }
      assertEquals(0, new ProcessBuilder("kill", "-HUP", "" + mosquitto.pid()).start().waitFor());
      await()
          .atMost(PATIENCE)
          .until(() -> !BrokerClients.accepted(() -> connected(broker, material)));
    } finally {
      mosquitto.destroyForcibly().waitFor();
    }
  }

  private static TestClient connected(HostPort broker, TlsMaterial material) throws Exception {
    return TestClient.connected(broker, material, DEVICE);
  }

  private void writeFiles(Path data, HostPort broker, Path out) throws IOException {
    int exit =
        new CommandLine(new HubCommand((config, terminal) -> 1, clock, random))
            .execute(
                "broker-config",
                "--data",
                data.toString(),
                "--set",
                "broker.external=" + broker,
                "--out",
                out.toString());
    assertEquals(0, exit);
    // Started by root it would change to another user and not read the test's files.
    Files.writeString(
        out.resolve("mosquitto.conf"),
        "user " + System.getProperty("user.name") + "\n",
        StandardOpenOption.APPEND);
  }

  private TlsMaterial device(Path data) {
    CertificateAuthority authority = HubKeys.loadAuthority(HubAssembly.keysDirectory(data), random);
    KeyPair pair = KeyFiles.newP256(random);
    return new TlsMaterial(
        pair.getPrivate(),
        authority.issueClient(
            Identity.device("default", DEVICE),
            pair.getPublic(),
            clock.instant(),
            Duration.ofDays(1)),
        authority.certificate());
  }

  private Process launch(Path files) throws IOException {
    return new ProcessBuilder(program.toString(), "-c", files.resolve("mosquitto.conf").toString())
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(directory.resolve("mosquitto.log").toFile()))
        .start();
  }

  private static void awaitMetadata(HostPort broker, TlsMaterial device) {
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              try (TestClient client = TestClient.connected(broker, device, DEVICE)) {
                client.subscribe(new Topics("default").timestamp());
                await().atMost(Duration.ofSeconds(1)).until(() -> !client.texts().isEmpty());
                return client.texts().equals(List.of("signed"));
              }
            });
  }
}
