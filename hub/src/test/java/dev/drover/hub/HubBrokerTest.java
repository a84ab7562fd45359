package dev.drover.hub;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.cli.HubCommand;
import dev.drover.v1.GetHubRequest;
import dev.drover.v1.RemoveOperatorRequest;
import dev.drover.v1.Role;
import dev.drover.wire.HostPort;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The hub's broker by configuration. */
class HubBrokerTest {
  @TempDir Path directory;

  @Test
  void freePort_isNamedToDevicesAsItIs() throws Exception {
    try (HubFixture hub = HubFixture.start(directory.resolve("hub"), Map.of("broker.port", "0"))) {
      List<String> brokers =
          hub.as(Role.VIEWER).calls().getHub(GetHubRequest.getDefaultInstance()).getBrokersList();
      HostPort first = HostPort.parse(brokers.get(0).substring("mqtts://".length()));
      assertEquals("localhost", first.host());
      try (Socket open = new Socket("127.0.0.1", first.port())) {
        assertTrue(open.isConnected());
      }
    }
  }

  @Test
  void brokerConfig_isKeptByTheHub() throws Exception {
    Path data = directory.resolve("hub");
    Path out = directory.resolve("mosquitto");
    HubCommand command =
        new HubCommand((config, terminal) -> 1, Clock.systemUTC(), new SecureRandom());
    int exit =
        new CommandLine(command)
            .execute(
                "broker-config",
                "--data",
                data.toString(),
                "--set",
                "broker.external=broker.lan:8884",
                "--out",
                out.toString());
    assertEquals(0, exit);
    assertTrue(Files.readString(out.resolve("mosquitto.conf")).contains("listener 8884 127.0.0.1"));

    Map<String, String> settings =
        Map.of("broker.external", "127.0.0.1:1", "broker.files", out.toString());
    try (HubFixture hub = HubFixture.start(data, settings)) {
      String before = Files.readString(out.resolve("crl.pem"));
      hub.add("bert", Role.VIEWER);
      assertEquals(before, Files.readString(out.resolve("crl.pem")));
      var unused =
          hub.as(Role.ADMIN)
              .calls()
              .removeOperator(RemoveOperatorRequest.newBuilder().setOperator("bert").build());
      await().until(() -> !before.equals(Files.readString(out.resolve("crl.pem"))));
    }
  }
}
