package dev.drover.hub;

import com.google.protobuf.ByteString;
import dev.drover.config.Config;
import dev.drover.crypto.CertificateRequest;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.KeyFiles;
import dev.drover.hub.cli.HubConnection;
import dev.drover.hub.config.HubConfig;
import dev.drover.hub.enrol.OperatorCredentials;
import dev.drover.v1.AddOperatorRequest;
import dev.drover.v1.AddOperatorResponse;
import dev.drover.v1.Role;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;

/** A whole hub in this process, as it is shipped, on free ports of loopback. */
public final class HubFixture implements AutoCloseable {
  private final SecureRandom random = new SecureRandom();
  private final Deque<HubConnection> opened = new ArrayDeque<>();
  private final Map<Role, OperatorCredentials> operators = new HashMap<>();
  private final Path data;
  private final HubAssembly hub;

  private HubFixture(Path data, Map<String, String> settings) {
    this.data = data;
    Map<String, String> all = new HashMap<>(settings);
    all.put("data-dir", data.toString());
    all.put("api.port", "0");
    this.hub =
        HubAssembly.start(
            Config.read(HubConfig.class, all),
            code -> {
              throw new AssertionError("The store failed: " + code);
            });
    operators.put(Role.ADMIN, OperatorCredentials.load(HubAssembly.firstOperatorFile(data)));
  }

  /** Starts a hub with these settings. */
  public static HubFixture start(Path data, Map<String, String> settings) {
    return new HubFixture(data, settings);
  }

  /** Starts a hub whose broker is not there, which is all that calls of operators need. */
  public static HubFixture withoutBroker(Path data) {
    return start(data, Map.of("broker.external", "127.0.0.1:1"));
  }

  /** Returns the address of the API. */
  public String address() {
    return "localhost:" + hub.apiPort();
  }

  /** Returns the hub's directory. */
  public Path data() {
    return data;
  }

  /** Returns the credentials of an operator with this role, added when first asked for. */
  public OperatorCredentials operator(Role role) {
    return operators.computeIfAbsent(
        role, wanted -> add(wanted.name().toLowerCase(Locale.ROOT), wanted));
  }

  /** Adds an operator. */
  public OperatorCredentials add(String name, Role role) {
    KeyPair pair = KeyFiles.newP256(random);
    AddOperatorResponse added =
        as(Role.ADMIN)
            .calls()
            .addOperator(
                AddOperatorRequest.newBuilder()
                    .setOperator(name)
                    .setRole(role)
                    .setCsr(ByteString.copyFrom(CertificateRequest.create(pair)))
                    .build());
    return new OperatorCredentials(
        pair,
        Certificates.parse(added.getCertificate().toByteArray()),
        Certificates.parse(added.getCaChain(0).toByteArray()));
  }

  /** Returns a connection of an operator with this role, closed with the fixture. */
  public HubConnection as(Role role) {
    return connect(operator(role));
  }

  /** Returns a connection with these credentials, closed with the fixture. */
  public HubConnection connect(OperatorCredentials credentials) {
    HubConnection connection = HubConnection.open(address(), credentials);
    opened.push(connection);
    return connection;
  }

  /** Gets a page of the API over HTTPS as an operator with this role. */
  public HttpResponse<String> get(Role role, String path) throws IOException, InterruptedException {
    return get(operator(role).tls().sslContext(Clock.systemUTC().instant()), path);
  }

  /** Gets a page of the API over HTTPS. */
  public HttpResponse<String> get(SSLContext tls, String path)
      throws IOException, InterruptedException {
    return HttpClient.newBuilder()
        .sslContext(tls)
        .build()
        .send(
            HttpRequest.newBuilder(URI.create("https://" + address() + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
    hub.close();
  }
}
