package dev.drover.hub.api;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.drover.crypto.Certificates;
import dev.drover.v1.Role;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** Says who calls, from the TLS session that the call came on. Thread-safe. */
public final class OperatorAuth {
  /** What the hub knows of operators. */
  @FunctionalInterface
  public interface Registry {
    /**
     * Returns the role of an operator, or empty when it was removed or never added.
     *
     * @param serial of the certificate it shows, lower-case hexadecimal
     */
    Optional<Role> role(String operator, String serial);
  }

  private final String tenant;
  private final Registry registry;

  /** Makes the check for operators of one tenant. */
  public OperatorAuth(String tenant, Registry registry) {
    this.tenant = tenant;
    this.registry = registry;
  }

  /**
   * Returns the operator who makes the present call.
   *
   * @param least role that is needed; {@code ADMIN} may do everything, {@code APPROVER} what {@code
   *     OPERATOR} may, and so on
   * @throws DroverException with {@link ErrorCode#UNAUTHENTICATED} or {@link
   *     ErrorCode#PERMISSION_DENIED}
   */
  public Caller require(Role least) {
    return require(ServiceRequestContext.current(), least);
  }

  /** Like {@link #require(Role)} for a given call. */
  public Caller require(ServiceRequestContext call, Role least) {
    X509Certificate certificate =
        certificate(call)
            .orElseThrow(
                () ->
                    new DroverException(
                        ErrorCode.UNAUTHENTICATED, "The call came without a certificate."));
    Identity identity =
        Certificates.identity(certificate)
            .filter(found -> found.role() == Identity.Role.OPERATOR)
            .filter(found -> found.tenant().equals(tenant))
            .orElseThrow(
                () ->
                    new DroverException(
                        ErrorCode.UNAUTHENTICATED, "The certificate is not an operator's."));
    String serial = certificate.getSerialNumber().toString(16);
    Role role =
        registry
            .role(identity.name(), serial)
            .orElseThrow(
                () ->
                    new DroverException(
                        ErrorCode.UNAUTHENTICATED, "This operator was removed from the hub."));
    if (role.getNumber() < least.getNumber()) {
      throw new DroverException(
          ErrorCode.PERMISSION_DENIED,
          "This needs the role " + least + "; " + identity.name() + " is " + role + ".");
    }
    return new Caller(identity.name(), role);
  }

  /** Returns the certificate that the peer showed in the handshake, if it showed one. */
  static Optional<X509Certificate> certificate(ServiceRequestContext call) {
    SSLSession session = call.sslSession();
    if (session == null) {
      return Optional.empty();
    }
    try {
      Certificate[] chain = session.getPeerCertificates();
      return chain.length > 0 && chain[0] instanceof X509Certificate x509
          ? Optional.of(x509)
          : Optional.empty();
    } catch (SSLPeerUnverifiedException none) {
      return Optional.empty();
    }
  }
}
