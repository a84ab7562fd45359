package dev.drover.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

class GrpcErrorsTest {
  @Test
  void failure_overTheWire_keepsCodeMessageAndNextStep() {
    DroverException plain = new DroverException(ErrorCode.NOT_FOUND, "No such thing.");
    DroverException special = plain.withNextStep("Look behind the door.");

    for (DroverException sent : new DroverException[] {plain, special}) {
      DroverException parsed = GrpcErrors.parse(GrpcErrors.of(sent));
      assertEquals(sent.code(), parsed.code());
      assertEquals("No such thing.", parsed.getMessage());
      assertEquals(sent.nextStep(), parsed.nextStep());
    }
  }

  @Test
  void peerThatIsNotReached_isToldInWords() {
    assertFailure(
        ErrorCode.UNAVAILABLE,
        "The peer does not answer: Connection refused: here/127.0.0.1:1.",
        new ConnectException("Connection refused: here/127.0.0.1:1"));
    assertFailure(
        ErrorCode.UNAVAILABLE,
        "The peer has a name that is not known here: no.invalid.",
        new RuntimeException(new UnknownHostException("no.invalid")));
  }

  @Test
  void certificatesOfThePeer_areToldApart() {
    assertFailure(
        ErrorCode.CA_MISMATCH,
        "The peer is not of the CA that is trusted here.",
        handshake(new CertificateException("PKIX", new CertPathValidatorException("no anchor"))));
    assertFailure(
        ErrorCode.CERTIFICATE_EXPIRED,
        "The peer shows a certificate that ended: NotAfter: then.",
        handshake(
            new CertificateException(
                "PKIX",
                new CertPathValidatorException(
                    "validity", new CertificateExpiredException("NotAfter: then")))));
    assertFailure(
        ErrorCode.CLOCK_UNTRUSTED,
        "The peer shows a certificate that is not valid yet: NotBefore: then.",
        handshake(new CertificateNotYetValidException("NotBefore: then")));
    assertFailure(
        ErrorCode.INVALID_ARGUMENT,
        "The peer has a certificate for other names: No subject alternative names present.",
        handshake(new CertificateException("No subject alternative names present")));
    assertFailure(
        ErrorCode.UNAUTHENTICATED,
        "The peer refuses the certificate shown: Received fatal alert: bad_certificate.",
        new SSLHandshakeException("Received fatal alert: bad_certificate"));
  }

  @Test
  void peerOfAnotherKind_keepsItsStatusWithoutTheTransportsInsides() {
    StatusRuntimeException failure =
        Status.INTERNAL.withDescription("odd\nChannel Pipeline: [a, b]").asRuntimeException();
    DroverException parsed = GrpcErrors.parse(failure);
    assertEquals(ErrorCode.INTERNAL, parsed.code());
    assertEquals("The peer answered INTERNAL: odd.", parsed.getMessage());
  }

  @Test
  void deadline_isToldAsOne() {
    DroverException parsed = GrpcErrors.parse(Status.DEADLINE_EXCEEDED.asRuntimeException());
    assertEquals(ErrorCode.DEADLINE_EXCEEDED, parsed.code());
    assertTrue(parsed.getMessage().contains("did not answer in time"), parsed.getMessage());
  }

  private static Exception handshake(Exception cause) {
    SSLHandshakeException failed = new SSLHandshakeException("General problem");
    failed.initCause(cause);
    return failed;
  }

  private static void assertFailure(ErrorCode code, String message, Throwable cause) {
    DroverException parsed =
        GrpcErrors.parse(
            Status.UNAVAILABLE
                .withDescription("io exception\nChannel Pipeline: [x]")
                .withCause(cause)
                .asRuntimeException());
    assertEquals(code, parsed.code());
    assertEquals(message, parsed.getMessage());
  }
}
