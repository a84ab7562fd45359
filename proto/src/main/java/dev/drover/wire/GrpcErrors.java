package dev.drover.wire;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.jspecify.annotations.Nullable;

/** Carries a {@link DroverException} over gRPC and back: status, message and code. Thread-safe. */
public final class GrpcErrors {
  private static final Metadata.Key<String> CODE =
      Metadata.Key.of("drover-code", Metadata.ASCII_STRING_MARSHALLER);

  private GrpcErrors() {}

  /** Returns what a call ends with; anything that is no {@link DroverException} is INTERNAL. */
  public static StatusRuntimeException of(Throwable failure) {
    DroverException drover =
        failure instanceof DroverException known
            ? known
            : new DroverException(ErrorCode.INTERNAL, "The call failed unexpectedly.", failure);
    Metadata trailers = new Metadata();
    trailers.put(CODE, drover.code().name());
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
    if (code != null) {
      String prefix = code + ": ";
      String text = description == null ? "" : description;
      String cause = text.startsWith(prefix) ? text.substring(prefix.length()) : text;
      String message = cause.endsWith(code.nextStep()) ? cut(cause, code.nextStep()) : cause;
      return new DroverException(code, message, failure);
    }
    return new DroverException(
        ofStatus(failure.getStatus().getCode()),
        "The peer answered "
            + failure.getStatus().getCode()
            + (description == null ? "." : ": " + description),
        failure);
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

  private static ErrorCode ofStatus(Status.Code status) {
    return switch (status) {
      case INVALID_ARGUMENT, OUT_OF_RANGE -> ErrorCode.INVALID_ARGUMENT;
      case NOT_FOUND, UNIMPLEMENTED -> ErrorCode.NOT_FOUND;
      case ALREADY_EXISTS -> ErrorCode.ALREADY_EXISTS;
      case PERMISSION_DENIED -> ErrorCode.PERMISSION_DENIED;
      case UNAUTHENTICATED -> ErrorCode.UNAUTHENTICATED;
      case RESOURCE_EXHAUSTED -> ErrorCode.RESOURCE_EXHAUSTED;
      case DEADLINE_EXCEEDED -> ErrorCode.DEADLINE_EXCEEDED;
      case CANCELLED -> ErrorCode.CANCELLED;
      case UNAVAILABLE -> ErrorCode.UNAVAILABLE;
      default -> ErrorCode.INTERNAL;
    };
  }
}
