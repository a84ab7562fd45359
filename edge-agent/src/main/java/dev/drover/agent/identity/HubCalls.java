package dev.drover.agent.identity;

import dev.drover.crypto.TlsMaterial;
import dev.drover.v1.EnrolServiceGrpc;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.HostPort;
import dev.drover.wire.Limits;
import io.grpc.HttpConnectProxiedSocketAddress;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;

/**
 * Calls the enrolment service of a hub: gRPC over TLS that trusts one pinned CA, at the first of
 * several addresses that answers. Thread-safe.
 */
public final class HubCalls {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final String NEXT =
      "Check that the hub runs and that this machine reaches it; the token names its addresses.";

  private final InstantSource clock;
  private final String proxy;

  /**
   * Makes calls possible.
   *
   * @param clock the best time that the device knows
   * @param proxy {@code host:port} of an HTTP proxy, or empty
   */
  public HubCalls(InstantSource clock, String proxy) {
    this.clock = clock;
    this.proxy = proxy;
  }

  /**
   * Makes one call.
   *
   * @param hubs {@code host:port} each; a later one is tried where an earlier does not answer
   * @throws DroverException {@code CA_MISMATCH}, {@code UNAVAILABLE} where no address answers, else
   *     the hub's refusal
   */
  <T> T call(
      List<String> hubs,
      String caSha256,
      Function<EnrolServiceGrpc.EnrolServiceBlockingStub, T> call) {
    return call(hubs, caSha256, false, call, answer -> false);
  }

  /**
   * Makes one call, also where the hub's certificate only seems to have ended because this clock is
   * wrong.
   *
   * @param timeless whether an answer may be believed in that case
   * @throws DroverException like {@link #call}; {@code CLOCK_UNTRUSTED} where it may not
   */
  <T> T callWithoutTime(
      List<String> hubs,
      String caSha256,
      Function<EnrolServiceGrpc.EnrolServiceBlockingStub, T> call,
      Predicate<T> timeless) {
    return call(hubs, caSha256, true, call, timeless);
  }

  private <T> T call(
      List<String> hubs,
      String caSha256,
      boolean datesMayBeWrong,
      Function<EnrolServiceGrpc.EnrolServiceBlockingStub, T> call,
      Predicate<T> timeless) {
    DroverException last = new DroverException(ErrorCode.UNAVAILABLE, "No hub address is known.");
    for (String hub : hubs) {
      try {
        return callOne(hub, new PinnedTrust(caSha256, now(), datesMayBeWrong), call, timeless);
      } catch (DroverException failed) {
        last = failed;
        if (failed.code() != ErrorCode.UNAVAILABLE) {
          throw failed;
        }
      }
    }
    throw last;
  }

  private <T> T callOne(
      String hub,
      PinnedTrust trust,
      Function<EnrolServiceGrpc.EnrolServiceBlockingStub, T> call,
      Predicate<T> timeless) {
    ManagedChannel channel = channel(hub, trust);
    try {
      T answer =
          call.apply(
              EnrolServiceGrpc.newBlockingStub(channel)
                  .withDeadlineAfter(DEADLINE.toMillis(), TimeUnit.MILLISECONDS));
      DroverException doubt = trust.refusal();
      if (doubt != null && !timeless.test(answer)) {
        throw doubt;
      }
      return answer;
    } catch (StatusRuntimeException failed) {
      DroverException refusal = trust.refusal();
      if (refusal != null) {
        throw refusal;
      }
      throw GrpcErrors.parse(failed);
    } finally {
      channel.shutdownNow();
    }
  }

  private Instant now() {
    return Instant.ofEpochMilli(clock.millis());
  }

  private ManagedChannel channel(String hub, PinnedTrust trust) {
    HostPort peer = HostPort.parse(hub);
    String by = proxy.isEmpty() ? "" : ", through the proxy " + proxy + ",";
    try {
      SslContextBuilder ssl =
          GrpcSslContexts.forClient().trustManager(trust).protocols(TlsMaterial.PROTOCOLS);
      NettyChannelBuilder builder =
          NettyChannelBuilder.forAddress(peer.host(), peer.port())
              .sslContext(ssl.build())
              .intercept(GrpcErrors.naming("The hub at " + hub + by, NEXT))
              .maxInboundMessageSize(Limits.GRPC_MESSAGE_BYTES_MAX);
      if (!proxy.isEmpty()) {
        HostPort address = HostPort.parse(proxy);
        InetSocketAddress via = new InetSocketAddress(address.host(), address.port());
        builder.proxyDetector(
            target ->
                HttpConnectProxiedSocketAddress.newBuilder()
                    .setProxyAddress(via)
                    .setTargetAddress((InetSocketAddress) target)
                    .build());
      }
      return builder.build();
    } catch (SSLException unusable) {
      throw new DroverException(ErrorCode.INTERNAL, "TLS cannot be used.", unusable);
    }
  }
}
