package dev.drover.crypto;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;

/**
 * X.509 certificates (RFC 5280) of a hub's CA: files, names, fingerprints and checks.
 *
 * <p>The subject of a certificate is {@code CN=<common name>, OU=<role>, O=<tenant>}; see {@link
 * Identity}. All methods are thread-safe and hold no state.
 */
public final class Certificates {
  /** Largest certificate that is read, in bytes, DER or PEM. */
  public static final int BYTES_MAX = 8 * 1024;

  private static final String LABEL = "CERTIFICATE";

  private Certificates() {}

  /**
   * Returns the certificate in these DER bytes.
   *
   * @throws DroverException {@code LIMIT_EXCEEDED} or {@code INVALID_ARGUMENT}
   */
  public static X509Certificate parse(byte[] der) {
    if (der.length > BYTES_MAX) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, "A certificate may have " + BYTES_MAX + " bytes.");
    }
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "These bytes are no certificate.", e);
    }
  }

  /** Returns the first certificate in a PEM text; fails like {@link #parse}. */
  public static X509Certificate parsePem(String text) {
    return parse(Pem.parse(text).expect(LABEL));
  }

  /** Returns a certificate as DER bytes. */
  public static byte[] der(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new DroverException(ErrorCode.INTERNAL, "A certificate cannot be encoded.", e);
    }
  }

  /** Returns a certificate as PEM (RFC 7468). */
  public static String pem(X509Certificate certificate) {
    return new Pem(LABEL, der(certificate)).text();
  }

  /** Writes a certificate as PEM of mode 0644, replaced atomically and durable on return. */
  public static void write(Path file, X509Certificate certificate) {
    DurableFiles.replace(
        file, pem(certificate).getBytes(StandardCharsets.US_ASCII), DurableFiles.PUBLIC);
  }

  /**
   * Returns the certificate in a PEM file.
   *
   * @throws DroverException {@code NOT_FOUND} if there is none, else like {@link #parse}
   */
  public static X509Certificate read(Path file) {
    byte[] text =
        DurableFiles.readBounded(file, BYTES_MAX)
            .orElseThrow(
                () ->
                    new DroverException(
                        ErrorCode.NOT_FOUND, "There is no certificate file " + file + "."));
    return parsePem(new String(text, StandardCharsets.US_ASCII));
  }

  /** Returns SHA-256 over the DER bytes, as 64 hexadecimal digits. */
  public static String fingerprint(X509Certificate certificate) {
    return Hashes.hex(Hashes.sha256(der(certificate)));
  }

  /**
   * Returns the pin of a certificate's key: SHA-256 over its SubjectPublicKeyInfo (RFC 7469 section
   * 2.4), as 64 hexadecimal digits. Stays the same when the certificate is renewed with the key.
   */
  public static String pin(X509Certificate certificate) {
    return Hashes.hex(Hashes.sha256(certificate.getPublicKey().getEncoded()));
  }

  /**
   * Returns whose certificate this is, from its subject alone: only meaningful after {@link
   * #requireIssuedBy} or a TLS handshake has checked it.
   *
   * @return empty if the subject does not hold exactly one common name, unit and organisation that
   *     fit together
   */
  public static Optional<Identity> identity(X509Certificate certificate) {
    X500Name subject = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    if (subject.getRDNs().length != 3) {
      return Optional.empty();
    }
    String role = only(subject, BCStyle.OU).orElse("");
    return only(subject, BCStyle.O)
        .flatMap(
            tenant ->
                only(subject, BCStyle.CN).flatMap(name -> Identity.ofCommonName(tenant, name)))
        .filter(identity -> unit(identity).equals(role));
  }

  /**
   * Checks that the CA signed this certificate, whatever its dates: for renewal after its end. Use
   * {@link #requireValid} for the dates.
   *
   * @return whose certificate it is
   * @throws DroverException {@code CA_MISMATCH} or {@code UNAUTHENTICATED}
   */
  public static Identity requireIssuedBy(X509Certificate ca, X509Certificate certificate) {
    try {
      if (!certificate.getIssuerX500Principal().equals(ca.getSubjectX500Principal())) {
        throw new DroverException(ErrorCode.CA_MISMATCH, "Another CA issued the certificate.");
      }
      certificate.verify(ca.getPublicKey());
    } catch (GeneralSecurityException e) {
      throw new DroverException(ErrorCode.CA_MISMATCH, "Another CA issued the certificate.", e);
    }
    return identity(certificate)
        .filter(identity -> certificate.getBasicConstraints() < 0)
        .orElseThrow(
            () -> new DroverException(ErrorCode.UNAUTHENTICATED, "The certificate names nobody."));
  }

  /**
   * Checks the dates of a certificate.
   *
   * @throws DroverException {@code CERTIFICATE_EXPIRED}, or {@code CLOCK_UNTRUSTED} before its
   *     start
   */
  public static void requireValid(X509Certificate certificate, Instant now) {
    if (now.isBefore(certificate.getNotBefore().toInstant())) {
      throw new DroverException(ErrorCode.CLOCK_UNTRUSTED, "The certificate is not valid yet.");
    }
    if (now.isAfter(certificate.getNotAfter().toInstant())) {
      throw new DroverException(ErrorCode.CERTIFICATE_EXPIRED, "The certificate has expired.");
    }
  }

  /** Returns the moment at which two thirds of a certificate's life are over: time to renew. */
  public static Instant renewAt(X509Certificate certificate) {
    Instant from = certificate.getNotBefore().toInstant();
    Duration life = Duration.between(from, certificate.getNotAfter().toInstant());
    return from.plus(life.dividedBy(3).multipliedBy(2));
  }

  /** Returns the subject of an identity's certificate. */
  static X500Name subject(Identity identity) {
    return new X500NameBuilder(BCStyle.INSTANCE)
        .addRDN(BCStyle.O, identity.tenant())
        .addRDN(BCStyle.OU, unit(identity))
        .addRDN(BCStyle.CN, identity.commonName())
        .build();
  }

  private static String unit(Identity identity) {
    return identity.role().name().toLowerCase(Locale.ROOT);
  }

  private static Optional<String> only(X500Name subject, ASN1ObjectIdentifier type) {
    RDN[] found = subject.getRDNs(type);
    if (found.length != 1 || found[0].isMultiValued()) {
      return Optional.empty();
    }
    return Optional.of(IETFUtils.valueToString(found[0].getFirst().getValue()));
  }
}
