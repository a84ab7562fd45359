package dev.drover.wire;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/** Gives the failures that no Drover sent a code, the peer's name and a next step. Thread-safe. */
final class PeerNaming implements ClientInterceptor {
  private static final String SLOW = "Try again; `drover doctor` looks closer.";

  private final String peer;
  private final String next;

  PeerNaming(String peer, String next) {
    this.peer = peer;
    this.next = next;
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel channel) {
    return new SimpleForwardingClientCall<>(channel.newCall(method, options)) {
      @Override
      public void start(Listener<A> listener, Metadata headers) {
        super.start(named(listener), headers);
      }
    };
  }

  private <A> ClientCall.Listener<A> named(ClientCall.Listener<A> listener) {
    return new SimpleForwardingClientCallListener<>(listener) {
      @Override
      public void onClose(Status status, Metadata trailers) {
        if (status.isOk() || status.getCode() == Status.Code.CANCELLED || isDrover(trailers)) {
          super.onClose(status, trailers);
          return;
        }
        StatusRuntimeException told = GrpcErrors.of(failure(status));
        Metadata said = told.getTrailers();
        super.onClose(told.getStatus(), said == null ? trailers : said);
      }
    };
  }

  private static boolean isDrover(Metadata trailers) {
    return GrpcErrors.isDrover(trailers);
  }

  private DroverException failure(Status status) {
    DroverException failure = Unreached.of(peer, status.asRuntimeException());
    return switch (failure.code()) {
      case UNAVAILABLE -> failure.withNextStep(next);
      case DEADLINE_EXCEEDED -> failure.withNextStep(SLOW);
      default -> failure;
    };
  }
}
