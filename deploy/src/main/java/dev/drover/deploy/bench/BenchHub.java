package dev.drover.deploy.bench;

import dev.drover.crypto.DurableFiles;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.FleetProcesses;
import dev.drover.deploy.fleet.Jobs;
import dev.drover.deploy.fleet.Machine;
import dev.drover.hub.HubAssembly;
import dev.drover.hub.enrol.OperatorCredentials;
import dev.drover.hub.link.EmbeddedBrokerConfig;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.DeviceState;
import dev.drover.v1.GetHubRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import org.jspecify.annotations.Nullable;

/** A hub of its own for one row, and agents of it. Not thread-safe; what it made goes with it. */
final class BenchHub implements AutoCloseable {
  static final String HUB = "hub";
  private static final int READY_SECONDS = 60;

  /** The heap that the launcher gives a hub. */
  private static final int HEAP_MIB = 224;

  private static final int OTHER_CONNECTIONS = 500;

  private final Bench bench;
  private final Path root;
  private final int apiPort = Machine.freePort();
  private final int brokerPort = Machine.freePort();
  private final FleetProcesses processes;
  private @Nullable Jobs jobs;

  /** Starts a hub and waits until it answers. */
  BenchHub(Bench bench, String name) throws IOException {
    this.bench = bench;
    this.root = Files.createDirectories(bench.root().resolve(name));
    this.processes = new FleetProcesses(bench.launcher(), root);
    int heapMib = EmbeddedBrokerConfig.heapMib(bench.devices() + OTHER_CONNECTIONS);
    if (heapMib > HEAP_MIB) {
      processes.environment("DROVER_HUB_HEAP", heapMib + "m");
    }
    try {
      double unused = start();
    } catch (IOException | RuntimeException failed) {
      close();
      throw failed;
    }
  }

  /** Returns the directory of its keys. */
  Path keys() {
    return HubAssembly.keysDirectory(processes.directory(HUB));
  }

  int brokerPort() {
    return brokerPort;
  }

  FleetProcesses processes() {
    return processes;
  }

  Jobs jobs() {
    if (jobs == null) {
      throw new IllegalStateException("The hub is stopped.");
    }
    return jobs;
  }

  /** Starts it again and returns the seconds until it answered an operator. */
  double start() throws IOException {
    long started = bench.nanoTime().getAsLong();
    processes.start(
        HUB,
        List.of(
            "hub",
            "run",
            "--data",
            processes.directory(HUB).toString(),
            "--set",
            "api.port=" + apiPort,
            "--set",
            "broker.port=" + brokerPort));
    Path file = HubAssembly.firstOperatorFile(processes.directory(HUB));
    bench.await("the hub to listen", READY_SECONDS, () -> listens(file));
    processes.requireAlive(HUB);
    jobs =
        new Jobs(
            "localhost:" + apiPort,
            OperatorCredentials.load(file),
            bench.nanoTime(),
            bench::progress);
    var unused = jobs.connection().calls().getHub(GetHubRequest.getDefaultInstance());
    return bench.secondsSince(started);
  }

  /** Whether it takes connections, after it wrote its first operator's file. */
  private boolean listens(Path operator) {
    processes.requireAlive(HUB);
    if (!Files.exists(operator)) {
      return false;
    }
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), apiPort), 100);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Returns a connection of its own, as the first operator. */
  Jobs connect() {
    Path file = HubAssembly.firstOperatorFile(processes.directory(HUB));
    return new Jobs(
        "localhost:" + apiPort, OperatorCredentials.load(file), bench.nanoTime(), words -> {});
  }

  /** Returns the sum of a metric of the hub. */
  double metric(String name) throws IOException {
    return sum(metrics(), name);
  }

  /** Returns what its engine has made durable since it started. */
  Commits commits() throws IOException {
    String text = metrics();
    return new Commits(
        (long) sum(text, "drover_engine_group_bytes_count"),
        (long) sum(text, "drover_engine_group_bytes_sum"));
  }

  private static double sum(String metrics, String name) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private String metrics() throws IOException {
    Path file = HubAssembly.firstOperatorFile(processes.directory(HUB));
    URL address = new URL("https://localhost:" + apiPort + "/metrics");
    HttpsURLConnection connection = (HttpsURLConnection) address.openConnection();
    connection.setSSLSocketFactory(
        OperatorCredentials.load(file)
            .tls()
            .sslContext(bench.clock().instant())
            .getSocketFactory());
    try (InputStream in = connection.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Returns its process. */
  ProcessHandle process() {
    return processes.process(HUB).orElseThrow(() -> new CheckFailed("The hub is not running."));
  }

  /** Ends it like a power cut, and starts it again; returns when it answers. */
  void restart() throws IOException {
    processes.kill(HUB);
    stop();
    double unused = start();
  }

  /** Returns its memory now. */
  double megabytes() throws IOException {
    return Usage.megabytes(process().pid());
  }

  void stop() {
    if (jobs != null) {
      jobs.close();
      jobs = null;
    }
    processes.stop(HUB);
  }

  /** Returns a token for a device, as text. */
  String token(String device) {
    CreateTokenRequest request = CreateTokenRequest.newBuilder().setDevice(device).build();
    return jobs().connection().calls().createToken(request).getToken();
  }

  /** Enrols an agent; it is not started. */
  void enrol(String device) throws IOException {
    Path file = root.resolve(device + ".token");
    byte[] text = (token(device) + "\n").getBytes(StandardCharsets.US_ASCII);
    DurableFiles.replace(file, text, DurableFiles.OWNER_ONLY);
    processes.run(
        List.of(
            "enrol",
            "--data",
            processes.directory(device).toString(),
            "--token-file",
            file.toString()));
  }

  void startAgent(String device, String... settings) throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("agent", "run", "--data", processes.directory(device).toString()));
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    processes.start(device, arguments);
  }

  /** Stops an agent and deletes what it has. */
  void remove(String device) throws IOException {
    processes.stop(device);
    Machine.delete(processes.directory(device));
  }

  void awaitOnline(String device) {
    var unused =
        jobs()
            .await(
                device + " to be online",
                Duration.ofSeconds(READY_SECONDS),
                () -> {
                  processes.requireAlive(device);
                  return jobs().device(device);
                },
                seen -> seen.getState() == DeviceState.ONLINE);
  }

  @Override
  public void close() throws IOException {
    stop();
    processes.close();
    Machine.delete(root);
  }
}
