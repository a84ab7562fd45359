package dev.drover.hub.enrol;

import com.google.protobuf.ByteString;
import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.CertificateRequest;
import dev.drover.crypto.Certificates;
import dev.drover.v1.AddOperatorRequest;
import dev.drover.v1.AddOperatorResponse;
import dev.drover.v1.Operator;
import dev.drover.v1.Role;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import dev.drover.wire.Ids;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;

/** Issues certificates to operators. Thread-safe. */
public final class OperatorCertificates {
  private static final Duration LIFE = Duration.ofDays(365);

  private final String tenant;
  private final CertificateAuthority authority;
  private final InstantSource clock;

  /** Makes an issuer for one tenant. */
  public OperatorCertificates(String tenant, CertificateAuthority authority, InstantSource clock) {
    this.tenant = tenant;
    this.authority = authority;
    this.clock = clock;
  }

  /**
   * Issues a certificate for the key in the request; nothing is registered yet.
   *
   * @throws DroverException with {@link ErrorCode#INVALID_ARGUMENT} for a bad name, role or request
   */
  public AddOperatorResponse issue(AddOperatorRequest request) {
    Ids.requireId("The operator's name", request.getOperator());
    if (request.getRole() == Role.ROLE_UNSPECIFIED || request.getRole() == Role.UNRECOGNIZED) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "An operator has a role.");
    }
    X509Certificate certificate =
        authority.issueClient(
            Identity.operator(tenant, request.getOperator()),
            CertificateRequest.parse(request.getCsr().toByteArray()),
            clock.instant(),
            LIFE);
    Operator operator =
        Operator.newBuilder()
            .setOperator(request.getOperator())
            .setRole(request.getRole())
            .setExpiresMs(certificate.getNotAfter().toInstant().toEpochMilli())
            .setCertificateSerial(certificate.getSerialNumber().toString(16))
            .build();
    return AddOperatorResponse.newBuilder()
        .setOperator(operator)
        .setCertificate(ByteString.copyFrom(Certificates.der(certificate)))
        .addCaChain(ByteString.copyFrom(Certificates.der(authority.certificate())))
        .build();
  }
}
