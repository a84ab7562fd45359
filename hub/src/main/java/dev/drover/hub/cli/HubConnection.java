package dev.drover.hub.cli;

import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.enrol.OperatorCredentials;
import dev.drover.v1.HubServiceGrpc;
import dev.drover.v1.HubServiceGrpc.HubServiceBlockingStub;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.HostPort;
import dev.drover.wire.Limits;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** A connection of an operator to a hub. Thread-safe; closed by its user. */
public final class HubConnection implements AutoCloseable {
  private static final int CALL_SECONDS = 30;
  private static final String NEXT =
      "Check that it runs and that --hub or DROVER_HUB name it; `drover doctor` looks closer.";

  private final ManagedChannel channel;

  private HubConnection(ManagedChannel channel) {
    this.channel = channel;
  }

  /**
   * Prepares a connection; nothing is sent yet.
   *
   * @param address host:port
   * @param credentials of the operator
   * @throws DroverException with {@link ErrorCode#INVALID_ARGUMENT}
   */
  public static HubConnection open(String address, OperatorCredentials credentials) {
    HostPort parsed = HostPort.parse(address);
    TlsMaterial tls = credentials.tls();
    try {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress(parsed.host(), parsed.port())
              .sslContext(
                  GrpcSslContexts.forClient()
                      .keyManager(tls.key(), tls.certificate())
                      .trustManager(tls.ca())
                      .protocols(TlsMaterial.PROTOCOLS)
                      .build())
              .maxInboundMessageSize(Limits.GRPC_MESSAGE_BYTES_MAX)
              .intercept(GrpcErrors.naming("The hub at " + parsed, NEXT))
              .build();
      return new HubConnection(channel);
    } catch (SSLException | IllegalArgumentException bad) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "Cannot connect to a hub at " + address + ".", bad);
    }
  }

  /** Returns a stub whose calls end within half a minute. */
  public HubServiceBlockingStub calls() {
    return streams().withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  /** Returns a stub for calls that stream for as long as they like. */
  public HubServiceBlockingStub streams() {
    return HubServiceGrpc.newBlockingStub(channel);
  }

  /** Returns the channel, for stubs of other kinds. */
  public ManagedChannel channel() {
    return channel;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  /** Returns the first of the texts that is given. */
  static String firstOf(@Nullable String given, @Nullable String environment, String otherwise) {
    if (given != null) {
      return given;
    }
    return environment == null || environment.isEmpty() ? otherwise : environment;
  }
}
