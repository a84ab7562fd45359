package dev.drover.hub.api;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.TlsProvider;
import com.linecorp.armeria.common.metric.NoopMeterRegistry;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerTlsConfig;
import com.linecorp.armeria.server.grpc.GrpcService;
import com.linecorp.armeria.server.grpc.HttpJsonTranscodingOptions;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.Limits;
import dev.drover.wire.ListenFailure;
import io.grpc.BindableService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.handler.ssl.ClientAuth;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The hub's HTTPS port. Calls run on a pool for blocking work, never on an event loop. Thread-safe.
 */
public final class HubServer implements AutoCloseable {
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration STOP_DEADLINE = Duration.ofSeconds(5);

  /** After the last call ended; without it those that run would be cut off at once. */
  private static final Duration STOP_QUIET = Duration.ofMillis(50);

  /** Above the limit of a message, so that gRPC refuses one that is too large by its own means. */
  static final long HTTP_BYTES_MAX = 2L * Limits.GRPC_MESSAGE_BYTES_MAX;

  private static final int CONNECTIONS_MAX = 12_000;

  /** Of the pool. A call reads the store and leaves; it does not wait there for what is to come. */
  private static final int THREADS = 16;

  private final Server server;

  private HubServer(Server server) {
    this.server = server;
  }

  /**
   * Starts listening.
   *
   * @param address port 0 takes any free one
   * @param tls asked at each connection, so that renewed material is used from the next one on
   * @param services gRPC services, also reachable as JSON where they declare it
   * @param log what {@code /log/} serves
   * @throws dev.drover.wire.DroverException as {@link ListenFailure#of}
   */
  public static HubServer start(
      InetSocketAddress address,
      Supplier<TlsMaterial> tls,
      OperatorAuth auth,
      List<BindableService> services,
      HttpService log,
      Supplier<String> metrics) {
    if (address.isUnresolved()) {
      throw ListenFailure.of(
          "The API", address.getHostString(), address.getPort(), new UnresolvedAddressException());
    }
    ServerBuilder builder =
        Server.builder()
            .port(address, SessionProtocol.HTTPS)
            .tlsProvider(
                new Provider(tls),
                ServerTlsConfig.builder()
                    .clientAuth(ClientAuth.OPTIONAL)
                    .tlsCustomizer(ssl -> ssl.protocols(TlsMaterial.PROTOCOLS))
                    .build())
            .requestTimeout(REQUEST_TIMEOUT)
            .maxRequestLength(HTTP_BYTES_MAX)
            .maxNumConnections(CONNECTIONS_MAX)
            .blockingTaskExecutor(THREADS)
            .gracefulShutdownTimeout(STOP_QUIET, STOP_DEADLINE)
            .disableServerHeader()
            .meterRegistry(NoopMeterRegistry.get())
            .service(grpc(services))
            .service("/healthz", (call, request) -> HttpResponse.of("ok\n"))
            .serviceUnder("/log", log)
            .service("/metrics", new MetricsService(metrics))
            .decorator(service -> new OperatorGate(service, auth))
            .errorHandler(new HttpErrors());
    Server server = builder.build();
    try {
      server.start().join();
      return new HubServer(server);
    } catch (CompletionException failed) {
      var unused = server.closeAsync();
      throw ListenFailure.of("The API", address.getHostString(), address.getPort(), failed);
    }
  }

  private record Provider(Supplier<TlsMaterial> tls) implements TlsProvider {
    @Override
    public TlsKeyPair keyPair(String hostname) {
      TlsMaterial now = tls.get();
      return TlsKeyPair.of(now.key(), now.certificate(), now.ca());
    }

    @Override
    public List<X509Certificate> trustedCertificates(String hostname) {
      return List.of(tls.get().ca());
    }
  }

  private static GrpcService grpc(List<BindableService> services) {
    var builder =
        GrpcService.builder()
            .addService(ProtoReflectionServiceV1.newInstance())
            .enableHttpJsonTranscoding(
                HttpJsonTranscodingOptions.builder().errorHandler(HttpErrors.JSON).build())
            .enableUnframedRequests(true)
            .unframedGrpcErrorHandler(HttpErrors.JSON)
            .useBlockingTaskExecutor(true)
            .exceptionHandler(HttpErrors::ofCall)
            .maxRequestMessageLength(Limits.GRPC_MESSAGE_BYTES_MAX);
    services.forEach(builder::addService);
    return builder.build();
  }

  /** Returns the port it listens on. */
  public int port() {
    return server.activeLocalPort();
  }

  /** Stops for good: refuses new calls, waits some seconds for those running; long ones end. */
  @Override
  public void close() {
    server.closeAsync().orTimeout(STOP_DEADLINE.toSeconds() * 2, TimeUnit.SECONDS).join();
  }
}
