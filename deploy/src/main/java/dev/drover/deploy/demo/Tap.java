package dev.drover.deploy.demo;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import dev.drover.crypto.TlsMaterial;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.wire.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The broker as a stranger sees it: what it carried, and whether it lets one in. */
final class Tap {
  private static final long WAIT_SECONDS = 20;

  private Tap() {}

  /** Returns where the hub of the demo records what its broker carries. */
  static Path recording(Path root) {
    return root.resolve("traffic");
  }

  /** Returns the recorded traffic. */
  static byte[] recorded(Path root) throws IOException {
    return Files.readAllBytes(recording(root));
  }

  /** Counts recorded messages, each of which starts with its topic. */
  static int messages(byte[] recorded) {
    String text = new String(recorded, StandardCharsets.ISO_8859_1);
    int count = text.startsWith(Topics.ROOT) ? 1 : 0;
    for (int at = text.indexOf('\n' + Topics.ROOT); at >= 0; ) {
      count++;
      at = text.indexOf('\n' + Topics.ROOT, at + 1);
    }
    return count;
  }

  /** Returns whether the demo's broker refuses a client with this identity and client id. */
  static boolean refuses(Scene scene, TlsMaterial tls, String clientId) {
    MqttClientSslConfig config =
        MqttClientSslConfig.builder()
            .keyManagerFactory(tls.keyManagers())
            .trustManagerFactory(tls.trustManagers(scene.clock.instant()))
            .protocols(TlsMaterial.PROTOCOLS)
            .build();
    return refuses(scene, config, clientId);
  }

  /** Returns whether the demo's broker refuses a client that trusts it but shows no certificate. */
  static boolean refusesAnonymous(Scene scene, TlsMaterial trusting, String clientId) {
    MqttClientSslConfig config =
        MqttClientSslConfig.builder()
            .trustManagerFactory(trusting.trustManagers(scene.clock.instant()))
            .protocols(TlsMaterial.PROTOCOLS)
            .build();
    return refuses(scene, config, clientId);
  }

  private static boolean refuses(Scene scene, MqttClientSslConfig config, String clientId) {
    Mqtt5AsyncClient client =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier(clientId)
            .serverHost("localhost")
            .serverPort(scene.brokerPort)
            .sslConfig(config)
            .buildAsync();
    try {
      Mqtt5ConnAck answer = client.connect().get(WAIT_SECONDS, TimeUnit.SECONDS);
      var unused = client.disconnect();
      return answer.getReasonCode().isError();
    } catch (ExecutionException refused) {
      return true;
    } catch (TimeoutException silent) {
      throw new CheckFailed("The broker did not answer a stranger.");
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new CheckFailed("The demo was interrupted.");
    }
  }
}
