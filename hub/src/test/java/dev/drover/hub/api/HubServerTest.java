package dev.drover.hub.api;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.HubFixture;
import dev.drover.hub.cli.HubConnection;
import dev.drover.testkit.TestFleet;
import dev.drover.v1.AuditEntry;
import dev.drover.v1.CreateJobRequest;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.GetHubRequest;
import dev.drover.v1.HubServiceGrpc;
import dev.drover.v1.JobSpec;
import dev.drover.v1.Role;
import dev.drover.v1.TailAuditRequest;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import dev.drover.wire.Limits;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the one port serves beside gRPC calls, and to whom, on a whole hub over TLS. */
class HubServerTest {
  @TempDir private static Path directory;
  private static HubFixture hub;

  @BeforeAll
  static void start() {
    hub = HubFixture.withoutBroker(directory);
  }

  @AfterAll
  static void stop() {
    hub.close();
  }

  @Test
  void json_carriesCallsAndRefusals() throws Exception {
    HttpResponse<String> info = hub.get(Role.VIEWER, "/v1/hub");
    assertEquals(200, info.statusCode());
    assertTrue(info.body().replace(" ", "").contains("\"tenant\":\"default\""), info.body());

    HttpResponse<String> missing = hub.get(Role.VIEWER, "/v1/devices/nobody");
    assertEquals(404, missing.statusCode());
    assertTrue(missing.body().contains("NOT_FOUND"), missing.body());
    assertFalse(missing.body().contains("%"), missing.body());

    HttpResponse<String> marked = hub.get(Role.VIEWER, "/v1/devices?selector=fill%20%3E%2050%25+x");
    assertEquals(400, marked.statusCode(), marked.body());
    assertTrue(marked.body().contains("fill > 50%"), marked.body());
    assertFalse(marked.body().contains("%0A"), marked.body());

    HttpResponse<String> denied =
        hub.send(
            hub.tls(Role.VIEWER),
            "/v1/tokens",
            request -> json(request, "{\"device\": \"cam-9\"}"));
    assertEquals(403, denied.statusCode());
    assertTrue(denied.body().contains("PERMISSION_DENIED"), denied.body());

    HttpResponse<String> made =
        hub.send(
            hub.tls(Role.OPERATOR),
            "/v1/tokens",
            request -> json(request, "{\"device\": \"cam-9\"}"));
    assertEquals(200, made.statusCode(), made.body());
    assertTrue(made.body().contains("drover1."), "no token");
  }

  private static void json(HttpRequest.Builder request, String body) {
    request
        .header("content-type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/metrics",
        "/log/checkpoint",
        "/log/tile/0/000",
        "/v1/hub",
        "/v1/devices",
        "/",
        "/nothing",
        "/healthz/",
        "/healthz/../metrics",
        "/healthz/%2e%2e/metrics",
        "/healthz;/metrics",
        "//metrics",
        "/drover.v1.EnrolService/../metrics",
        "/drover.v1.EnrolService/%2e%2e/metrics",
        "/drover.v1.EnrolService/..%2fmetrics",
        "/drover.v1.EnrolService/../v1/hub"
      })
  void pages_withoutAnOperator_showNothing(String path) throws Exception {
    for (SSLContext caller : List.of(hub.tlsWithoutCertificate(), deviceTls())) {
      HttpResponse<String> answer = hub.get(caller, path);
      assertTrue(List.of(400, 401, 404).contains(answer.statusCode()), answer::toString);
      assertFalse(answer.body().contains("drover_"), answer.body());
      assertFalse(answer.body().contains("tenant"), answer.body());
    }
  }

  private static SSLContext deviceTls() {
    return hub.sslContext(hub.deviceCertificate("cam-1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/drover.v1.EnrolService/../drover.v1.HubService/GetHub",
        "/drover.v1.EnrolService/%2e%2e/drover.v1.HubService/GetHub",
        "/drover.v1.HubService/GetHub",
        "//drover.v1.HubService/GetHub"
      })
  void calls_underAnotherPath_needAnOperatorToo(String path) throws Exception {
    HttpResponse<String> answer =
        hub.send(hub.tlsWithoutCertificate(), path, request -> json(request, "{}"));
    assertTrue(List.of(400, 401, 404).contains(answer.statusCode()), answer::toString);
    assertFalse(answer.body().contains("tenant"), answer.body());
  }

  @Test
  void healthz_tellsNothing_toAnybody() throws Exception {
    HttpResponse<String> answer = hub.get(hub.tlsWithoutCertificate(), "/healthz");
    assertEquals(200, answer.statusCode());
    assertEquals("ok\n", answer.body());
    assertTrue(answer.headers().firstValue("server").isEmpty());
  }

  @Test
  void grpcWeb_refusal_isInTheHeaders() throws Exception {
    HttpResponse<String> answer =
        hub.send(
            hub.tlsWithoutCertificate(),
            "/drover.v1.HubService/GetHub",
            request ->
                request
                    .header("content-type", "application/grpc-web+proto")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[5])));
    assertEquals("16", answer.headers().firstValue("grpc-status").orElseThrow());
    assertEquals("UNAUTHENTICATED", answer.headers().firstValue("drover-code").orElseThrow());
  }

  @Test
  void certificates_ofAnotherHub_areRefusedByTls() throws Exception {
    TlsMaterial foreign = new TestFleet().client(Identity.operator("default", "admin"));
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(
        new KeyManager[] {new Stubborn(foreign)},
        foreignTrust().getTrustManagers(),
        new SecureRandom());
    assertThrows(IOException.class, () -> hub.get(tls, "/v1/hub"));
    // A client that obeys shows nothing to a hub that does not know its issuer.
    assertEquals(401, hub.get(hub.sslContext(foreign), "/v1/hub").statusCode());
  }

  private static TrustManagerFactory foreignTrust() {
    return hub.operator(Role.ADMIN).tls().trustManagers(Clock.systemUTC().instant());
  }

  /** Shows its certificate whatever issuers the server asks for. */
  private static final class Stubborn extends X509ExtendedKeyManager {
    private final TlsMaterial shown;

    Stubborn(TlsMaterial shown) {
      this.shown = shown;
    }

    @Override
    public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
      return "it";
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return "it";
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return new String[] {"it"};
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return new String[0];
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return "";
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return new X509Certificate[] {shown.certificate()};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return shown.key();
    }
  }

  @Test
  void certificates_ofDevices_areNoOperators() {
    Channel channel = hub.channel(hub.deviceCertificate("cam-1"));
    StatusRuntimeException refused =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                HubServiceGrpc.newBlockingStub(channel).getHub(GetHubRequest.getDefaultInstance()));
    assertEquals(ErrorCode.UNAUTHENTICATED, GrpcErrors.parse(refused).code());
  }

  @Test
  void log_isServedAsTiles() throws Exception {
    invite("cam-2");
    await().until(() -> hub.get(Role.VIEWER, "/log/checkpoint").statusCode() == 200);
    HttpResponse<String> checkpoint = hub.get(Role.VIEWER, "/log/checkpoint");
    assertTrue(checkpoint.body().startsWith("drover/default\n"), checkpoint.body());
    int size = Integer.parseInt(checkpoint.body().split("\n", 3)[1]);
    String partial = "/log/tile/entries/000.p/" + size;
    assertEquals(200, hub.get(Role.VIEWER, partial).statusCode());
    for (String path :
        List.of(
            "/log/tile/entries/000.p/" + (size + 1000),
            "/log/tile/9/000",
            "/log/tile/0/x",
            "/log/",
            "/log/keys")) {
      assertEquals(404, hub.get(Role.VIEWER, path).statusCode(), path);
    }
  }

  @Test
  void reflection_isForOperators() throws Exception {
    assertTrue(reflected(hub.as(Role.VIEWER).channel()).contains("drover.v1.HubService"));
    StatusRuntimeException refused =
        assertThrows(StatusRuntimeException.class, () -> reflected(hub.withoutCertificate()));
    assertEquals(ErrorCode.UNAUTHENTICATED, GrpcErrors.parse(refused).code());
  }

  private static String reflected(Channel channel) throws Exception {
    CompletableFuture<String> names = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> ask =
        ServerReflectionGrpc.newStub(channel)
            .serverReflectionInfo(
                new StreamObserver<ServerReflectionResponse>() {
                  @Override
                  public void onNext(ServerReflectionResponse answer) {
                    names.complete(answer.getListServicesResponse().toString());
                  }

                  @Override
                  public void onError(Throwable failure) {
                    names.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {
                    names.complete("");
                  }
                });
    ask.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    ask.onCompleted();
    try {
      return names.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      throw (StatusRuntimeException) failed.getCause();
    }
  }

  @Test
  void followedLog_endsWhenItsOperatorIsRemoved() {
    HubConnection leaver = hub.connect(hub.add("leaver", Role.VIEWER));
    Iterator<AuditEntry> entries =
        leaver.streams().tailAudit(TailAuditRequest.newBuilder().setFollow(true).build());
    assertTrue(entries.hasNext());
    hub.remove("leaver");
    StatusRuntimeException ended =
        assertThrows(
            StatusRuntimeException.class,
            () -> {
              while (entries.hasNext()) {
                entries.next();
              }
            });
    assertEquals(ErrorCode.UNAUTHENTICATED, GrpcErrors.parse(ended).code());
  }

  @Test
  void request_overTheLimit_isRefused() throws Exception {
    JobSpec huge = JobSpec.newBuilder().setName("x".repeat(Limits.GRPC_MESSAGE_BYTES_MAX)).build();
    StatusRuntimeException refused =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                hub.as(Role.ADMIN)
                    .calls()
                    .createJob(CreateJobRequest.newBuilder().setSpec(huge).build()));
    assertEquals(ErrorCode.LIMIT_EXCEEDED, GrpcErrors.parse(refused).code(), refused::toString);
    String spec = "{\"spec\": {\"name\": \"" + huge.getName() + "\"}}";
    HttpResponse<String> json =
        hub.send(hub.tls(Role.ADMIN), "/v1/jobs", request -> json(request, spec));
    assertEquals(400, json.statusCode(), json.body());
    assertTrue(json.body().contains("LIMIT_EXCEEDED: A message has at most "), json.body());
    HttpResponse<String> text =
        hub.send(
            hub.tls(Role.ADMIN),
            "/v1/jobs",
            request ->
                json(request.version(HttpClient.Version.HTTP_1_1), spec.concat(spec).concat(spec)));
    assertEquals(413, text.statusCode());
    assertTrue(text.body().startsWith("LIMIT_EXCEEDED: "), text.body());
    invite("cam-3");
  }

  @Test
  void port_thatIsTaken_isRefusedWithACode() {
    HostPort address = HostPort.parse(hub.address());
    String why =
        assertRefused(
            ErrorCode.PORT_IN_USE,
            () ->
                HubServer.start(
                        new InetSocketAddress("127.0.0.1", address.port()),
                        new TestFleet()::server,
                        new OperatorAuth("default", (operator, serial) -> Optional.empty()),
                        List.of(),
                        (call, request) -> com.linecorp.armeria.common.HttpResponse.of(200),
                        () -> "")
                    .close());
    assertTrue(why.contains(Integer.toString(address.port())), why);
  }

  private static void invite(String device) {
    var unused =
        hub.as(Role.OPERATOR)
            .calls()
            .createToken(CreateTokenRequest.newBuilder().setDevice(device).build());
  }
}
