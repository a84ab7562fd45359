package dev.drover.deploy.bench;

import com.hivemq.client.mqtt.MqttClientExecutorConfig;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.embedded.EmbeddedExtension;
import com.hivemq.embedded.EmbeddedHiveMQ;
import com.hivemq.extension.sdk.api.ExtensionMain;
import com.hivemq.extension.sdk.api.auth.SimpleAuthenticator;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartOutput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopOutput;
import com.hivemq.extension.sdk.api.services.Services;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.Machine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * The hub's broker as its makers ship it, in a process of its own on the loopback address, without
 * TLS and without a hub: what connections cost before anything is secured. Not thread-safe.
 */
public final class PlainBroker implements AutoCloseable {
  private final int port = Machine.freePort();
  private final Process process;

  /**
   * Starts one; returns when it listens.
   *
   * @param heapMib of its process
   */
  PlainBroker(Path directory, int heapMib) throws IOException {
    for (String folder : List.of("conf", "data", "extensions")) {
      Files.createDirectories(directory.resolve(folder));
    }
    Files.writeString(
        directory.resolve("conf").resolve("config.xml"),
        String.format(
            Locale.ROOT,
            """
            <?xml version="1.0"?>
            <hivemq>
              <listeners><tcp-listener>
                <port>%d</port><bind-address>127.0.0.1</bind-address>
              </tcp-listener></listeners>
              <persistence><mode>in-memory</mode></persistence>
              <anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics>
            </hivemq>
            """,
            port),
        StandardCharsets.UTF_8);
    process =
        ProbeJvm.of(
                PlainBroker.class, List.of("-Xmx" + heapMib + "m"), List.of(directory.toString()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    // It logs to the same stream.
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    String line = output.readLine();
    while (line != null && !line.equals("ready")) {
      line = output.readLine();
    }
    if (line == null) {
      throw new CheckFailed("The broker without TLS did not start.");
    }
  }

  /** Connects as many clients, all at once, and disconnects them; returns how long it took. */
  double connect(Bench bench, int count) {
    List<Mqtt5AsyncClient> clients = IntStream.range(0, count).mapToObj(this::client).toList();
    long started = bench.nanoTime().getAsLong();
    all(clients.stream().map(client -> client.connectWith().cleanStart(true).send()).toList());
    double seconds = bench.secondsSince(started);
    all(clients.stream().map(Mqtt5AsyncClient::disconnect).toList());
    return seconds;
  }

  private Mqtt5AsyncClient client(int number) {
    return Mqtt5Client.builder()
        .identifier("plain-" + number)
        .serverHost("127.0.0.1")
        .serverPort(port)
        .executorConfig(MqttClientExecutorConfig.builder().nettyThreads(1).build())
        .buildAsync();
  }

  private static void all(List<? extends CompletableFuture<?>> each) {
    CompletableFuture.allOf(each.toArray(CompletableFuture[]::new)).join();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /**
   * Listens until it is ended.
   *
   * @param arguments its directory
   */
  public static void main(String[] arguments) {
    Path directory = Path.of(arguments[0]);
    EmbeddedExtension open =
        EmbeddedExtension.builder()
            .withId("open")
            .withName("Open")
            .withVersion("1")
            .withExtensionMain(new Open())
            .build();
    EmbeddedHiveMQ broker =
        EmbeddedHiveMQ.builder()
            .withConfigurationFolder(directory.resolve("conf"))
            .withDataFolder(directory.resolve("data"))
            .withExtensionsFolder(directory.resolve("extensions"))
            .withEmbeddedExtension(open)
            .build();
    broker.start().join();
    System.out.println("ready");
    System.out.flush();
  }

  /** Lets everybody in. */
  private static final class Open implements ExtensionMain {
    @Override
    public void extensionStart(ExtensionStartInput input, ExtensionStartOutput output) {
      SimpleAuthenticator everybody = (client, answer) -> answer.authenticateSuccessfully();
      Services.securityRegistry().setAuthenticatorProvider(provider -> everybody);
    }

    @Override
    public void extensionStop(ExtensionStopInput input, ExtensionStopOutput output) {
      // Everything registered goes with the broker.
    }
  }
}
