package dev.drover.hub;

import com.google.protobuf.ByteString;
import dev.drover.config.Config;
import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.CertificateRequest;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.cli.HubConnection;
import dev.drover.hub.config.HubConfig;
import dev.drover.hub.enrol.HubKeys;
import dev.drover.hub.enrol.OperatorCredentials;
import dev.drover.v1.AddOperatorRequest;
import dev.drover.v1.AddOperatorResponse;
import dev.drover.v1.RemoveOperatorRequest;
import dev.drover.v1.Role;
import dev.drover.wire.Identity;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** A whole hub in this process, as it is shipped, on free ports of loopback. */
public final class HubFixture implements AutoCloseable {
  private final SecureRandom random = new SecureRandom();
  private final Deque<Runnable> opened = new ArrayDeque<>();
  private final Map<Role, OperatorCredentials> operators = new HashMap<>();
  private final Path data;
  private final String host;
  private @Nullable OperatorCredentials removed;
  private final HubAssembly hub;

  private HubFixture(Path data, Map<String, String> settings) {
    this.data = data;
    String bind = settings.getOrDefault("api.bind", "");
    this.host = bind.indexOf(':') >= 0 ? "[" + bind + "]" : "localhost";
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
    return host + ":" + hub.apiPort();
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
    opened.push(connection::close);
    return connection;
  }

  /** Returns a connection of an operator that was removed. */
  public HubConnection removedOperator() {
    OperatorCredentials gone = removed;
    if (gone == null) {
      gone = add("gone", Role.ADMIN);
      remove("gone");
      removed = gone;
    }
    return connect(gone);
  }

  /** Removes an operator. */
  public void remove(String name) {
    var unused =
        as(Role.ADMIN)
            .calls()
            .removeOperator(RemoveOperatorRequest.newBuilder().setOperator(name).build());
  }

  /** Returns a channel that shows no certificate, closed with the fixture. */
  public ManagedChannel withoutCertificate() {
    return channel(null);
  }

  /** Returns a channel that shows this certificate, whosever it is; closed with the fixture. */
  public ManagedChannel channel(@Nullable TlsMaterial shown) {
    SslContextBuilder tls =
        GrpcSslContexts.forClient()
            .trustManager(operator(Role.ADMIN).ca())
            .protocols(TlsMaterial.PROTOCOLS);
    if (shown != null) {
      tls.keyManager(shown.key(), shown.certificate());
    }
    try {
      ManagedChannel channel =
          NettyChannelBuilder.forTarget("dns:///" + address()).sslContext(tls.build()).build();
      opened.push(channel::shutdownNow);
      return channel;
    } catch (SSLException unusable) {
      throw new AssertionError(unusable);
    }
  }

  /** Returns key and certificate of a device, as this hub would issue them. */
  public TlsMaterial deviceCertificate(String device) {
    CertificateAuthority authority = HubKeys.loadAuthority(HubAssembly.keysDirectory(data), random);
    KeyPair pair = KeyFiles.newP256(random);
    return new TlsMaterial(
        pair.getPrivate(),
        authority.issueClient(
            Identity.device("default", device), pair.getPublic(), now(), Duration.ofDays(1)),
        authority.certificate());
  }

  /** Returns how an operator with this role connects. */
  public SSLContext tls(Role role) {
    return sslContext(operator(role).tls());
  }

  /** Returns a context that trusts this hub and shows this certificate, whosever it is. */
  public SSLContext sslContext(TlsMaterial shown) {
    return new TlsMaterial(shown.key(), shown.certificate(), operator(Role.ADMIN).ca())
        .sslContext(now());
  }

  /** Returns a context that trusts this hub and shows nothing. */
  public SSLContext tlsWithoutCertificate() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          null, operator(Role.ADMIN).tls().trustManagers(now()).getTrustManagers(), random);
      return context;
    } catch (GeneralSecurityException unusable) {
      throw new AssertionError(unusable);
    }
  }

  private static Instant now() {
    return Clock.systemUTC().instant();
  }

  /** Gets a page of the API over HTTPS as an operator with this role. */
  public HttpResponse<String> get(Role role, String path) throws IOException {
    return get(tls(role), path);
  }

  /** Gets a page of the API over HTTPS. */
  public HttpResponse<String> get(SSLContext tls, String path) throws IOException {
    return send(tls, path, HttpRequest.Builder::GET);
  }

  /** Sends a request to the API over HTTPS. */
  public HttpResponse<String> send(
      SSLContext tls, String path, Consumer<HttpRequest.Builder> request) throws IOException {
    HttpRequest.Builder made = HttpRequest.newBuilder(URI.create("https://" + address() + path));
    request.accept(made);
    try {
      return HttpClient.newBuilder()
          .sslContext(tls)
          .build()
          .send(made.build(), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new AssertionError(stopped);
    }
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      opened.pop().run();
    }
    hub.close();
  }
}
