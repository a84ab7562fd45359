package dev.drover.wire;

import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.jspecify.annotations.Nullable;

/** Carries a {@link DroverException} over gRPC and back: status, message and code. Thread-safe. */
public final class GrpcErrors {
  private static final Metadata.Key<String> CODE =
      Metadata.Key.of("drover-code", Metadata.ASCII_STRING_MARSHALLER);

  /** Only where the next step is not that of the code. */
  private static final Metadata.Key<String> NEXT =
      Metadata.Key.of("drover-next", Metadata.ASCII_STRING_MARSHALLER);

  private GrpcErrors() {}

  /** Returns what a call ends with; anything that is no {@link DroverException} is INTERNAL. */
  public static StatusRuntimeException of(Throwable failure) {
    DroverException drover =
        failure instanceof DroverException known
            ? known
            : new DroverException(ErrorCode.INTERNAL, "The call failed unexpectedly.", failure);
    Metadata trailers = new Metadata();
    trailers.put(CODE, drover.code().name());
    if (!drover.nextStep().equals(drover.code().nextStep())) {
      trailers.put(NEXT, drover.nextStep());
    }
    return status(drover.code())
        .withDescription(drover.forPerson())
        .withCause(failure)
        .asRuntimeException(trailers);
  }

  private static Status status(ErrorCode code) {
    return switch (code) {
      case NOT_FOUND, NO_DEVICE_MATCHES -> Status.NOT_FOUND;
      case ALREADY_EXISTS -> Status.ALREADY_EXISTS;
      case UNAUTHENTICATED -> Status.UNAUTHENTICATED;
      case DEADLINE_EXCEEDED -> Status.DEADLINE_EXCEEDED;
      case CANCELLED -> Status.CANCELLED;
      case INTERNAL -> Status.INTERNAL;
      default ->
          switch (code.kind()) {
            case INPUT -> Status.INVALID_ARGUMENT;
            case MISSING -> Status.NOT_FOUND;
            case DENIED -> Status.PERMISSION_DENIED;
            case TRUST, STATE -> Status.FAILED_PRECONDITION;
            case RESOURCE -> Status.RESOURCE_EXHAUSTED;
            case TIME -> Status.UNAVAILABLE;
          };
    };
  }

  /** Returns the failure that a call ended with, whoever the peer is. */
  public static DroverException parse(StatusRuntimeException failure) {
    Metadata trailers = failure.getTrailers();
    ErrorCode code = known(trailers == null ? null : trailers.get(CODE));
    String description = failure.getStatus().getDescription();
    if (code != null && trailers != null) {
      String next = trailers.get(NEXT);
      String prefix = code + ": ";
      String text = description == null ? "" : description;
      String cause = text.startsWith(prefix) ? text.substring(prefix.length()) : text;
      String nextStep = next == null ? code.nextStep() : next;
      String message = cause.endsWith(nextStep) ? cut(cause, nextStep) : cause;
      return new DroverException(code, message, failure).withNextStep(nextStep);
    }
    return Unreached.of("The peer", failure);
  }

  /**
   * Returns what makes the failures of a channel say which peer they are about: those that the
   * peer's Drover did not send, because nothing or something else answers there.
   *
   * @param peer begins a sentence, such as {@code The hub at localhost:8443}
   * @param next what a person can do where it does not answer
   */
  public static ClientInterceptor naming(String peer, String next) {
    return new PeerNaming(peer, next);
  }

  static boolean isDrover(Metadata trailers) {
    return trailers.containsKey(CODE);
  }

  private static String cut(String text, String end) {
    return text.substring(0, text.length() - end.length()).trim();
  }

  private static @Nullable ErrorCode known(@Nullable String name) {
    for (ErrorCode code : ErrorCode.values()) {
      if (code.name().equals(name)) {
        return code;
      }
    }
    return null;
  }
}
