package dev.drover.wire;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says why a peer was not reached, from the causes that the transport left. */
public final class Unreached {
  private static final int CAUSES_MAX = 16;
  private static final String CLOCK =
      "Set this machine's clock if it is wrong; else start the hub again, which renews it.";

  private Unreached() {}

  /** Returns the failure of a call that no Drover answered. */
  static DroverException of(String peer, StatusRuntimeException failure) {
    return why(peer, failure.getStatus().getCause()).orElseGet(() -> unknown(peer, failure));
  }

  /**
   * Returns the failure in words: {@code UNAVAILABLE}, or what a certificate or clock prevents.
   *
   * @param peer begins the sentence, such as {@code The hub at localhost:8443}
   * @param failure of any transport, or null
   * @return empty where no cause is one that is known
   */
  public static Optional<DroverException> why(String peer, @Nullable Throwable failure) {
    @Nullable DroverException known = null;
    @Nullable Throwable cause = failure;
    for (int i = 0; i < CAUSES_MAX && cause != null; i++) {
      DroverException told = told(peer, cause);
      known = told == null ? known : told;
      cause = cause.getCause();
    }
    return Optional.ofNullable(known);
  }

  /** Returns what one cause says; the deeper one knows more. */
  private static @Nullable DroverException told(String peer, Throwable cause) {
    if (cause instanceof UnknownHostException) {
      return failure(ErrorCode.UNAVAILABLE, peer + " has a name that is not known here", cause);
    }
    if (cause instanceof ConnectException) {
      return failure(ErrorCode.UNAVAILABLE, peer + " does not answer", cause);
    }
    if (cause instanceof CertificateExpiredException) {
      return failure(ErrorCode.CERTIFICATE_EXPIRED, peer + " shows a certificate that ended", cause)
          .withNextStep(CLOCK);
    }
    if (cause instanceof CertificateNotYetValidException) {
      return failure(
          ErrorCode.CLOCK_UNTRUSTED, peer + " shows a certificate that is not valid yet", cause);
    }
    String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    if (cause instanceof CertificateException) {
      if (text.contains("subject alternative")) {
        return failure(
                ErrorCode.INVALID_ARGUMENT, peer + " has a certificate for other names", cause)
            .withNextStep("Use one of the hub's addresses, or add this one to them.");
      }
      return new DroverException(
              ErrorCode.CA_MISMATCH, peer + " is not of the CA that is trusted here.", cause)
          .withNextStep("Use the credentials or the token of this hub, or the right address.");
    }
    return cause instanceof SSLException ? ofTls(peer, text, cause) : null;
  }

  private static DroverException ofTls(String peer, String text, Throwable cause) {
    if (text.contains("certificate") || text.contains("unknown_ca")) {
      return failure(ErrorCode.UNAUTHENTICATED, peer + " refuses the certificate shown", cause);
    }
    return failure(ErrorCode.UNAVAILABLE, peer + " does not speak Drover's protocol", cause);
  }

  private static DroverException failure(ErrorCode code, String what, Throwable cause) {
    return new DroverException(code, what + ": " + said(cause) + ".", cause);
  }

  private static DroverException unknown(String peer, StatusRuntimeException failure) {
    Status status = failure.getStatus();
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      return new DroverException(
          ErrorCode.DEADLINE_EXCEEDED, peer + " did not answer in time.", failure);
    }
    String description = status.getDescription();
    return new DroverException(
        ofStatus(status.getCode()),
        peer
            + " answered "
            + status.getCode()
            + (description == null ? "." : ": " + line(description) + "."),
        failure);
  }

  /** Native transports name the system call and its number. */
  private static String said(Throwable cause) {
    String text = line(cause.getMessage());
    int number = text.indexOf("): ");
    return text.contains("failed with error") && number > 0 ? text.substring(number + 3) : text;
  }

  /** The transport adds lines about its own insides. */
  private static String line(@Nullable String text) {
    String first = String.valueOf(text).lines().findFirst().orElse("").strip();
    return first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
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
