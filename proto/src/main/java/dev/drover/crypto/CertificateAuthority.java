package dev.drover.crypto;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A hub's own certificate authority: one self-signed P-256 key that issues everything directly.
 *
 * <p>Certificates carry no personal data and no extension that a small TLS stack would not know.
 * Time comes in as an argument. Immutable and thread-safe, as far as the given {@link SecureRandom}
 * is.
 */
public final class CertificateAuthority {
  /** Certificates start this much before they are issued, for clocks that are behind. */
  public static final Duration BACKDATED = Duration.ofHours(1);

  static final String ALGORITHM = "SHA256withECDSA";

  private static final Duration CA_LIFE = Duration.ofDays(20 * 365);
  private static final int SERIAL_BITS = 127;
  private static final int ADDRESSES_MAX = 32;
  private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  private static final Pattern HOST_NAME =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?");

  private final KeyPair pair;
  private final X509Certificate certificate;
  private final SecureRandom random;

  private CertificateAuthority(KeyPair pair, X509Certificate certificate, SecureRandom random) {
    this.pair = pair;
    this.certificate = certificate;
    this.random = random;
  }

  /**
   * Makes a new authority with a new key; nothing is written.
   *
   * @param tenant whose authority it is; part of its name
   */
  public static CertificateAuthority create(String tenant, SecureRandom random, Instant now) {
    KeyPair pair = KeyFiles.newP256(random);
    X500Name name =
        new X500NameBuilder(BCStyle.INSTANCE)
            .addRDN(BCStyle.O, tenant)
            .addRDN(BCStyle.OU, "ca")
            .addRDN(BCStyle.CN, "Drover CA " + Hashes.hex(randomBytes(random, 4)))
            .build();
    X509v3CertificateBuilder builder =
        builder(name, name, pair.getPublic(), serial(random), now, CA_LIFE);
    try {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()));
    } catch (CertIOException | GeneralSecurityException e) {
      throw cannotIssue(e);
    }
    return new CertificateAuthority(pair, sign(builder, pair), random);
  }

  /**
   * Returns the authority of two files of {@link #store}.
   *
   * @throws DroverException {@code NOT_FOUND}, {@code INVALID_ARGUMENT}, or {@code CA_MISMATCH} if
   *     the two do not belong together
   */
  public static CertificateAuthority load(Path keyFile, Path certificateFile, SecureRandom random) {
    KeyPair pair = KeyFiles.readP256(keyFile);
    X509Certificate certificate = Certificates.read(certificateFile);
    if (!pair.getPublic().equals(certificate.getPublicKey())) {
      throw new DroverException(
          ErrorCode.CA_MISMATCH, "Key and certificate of the CA do not belong together.");
    }
    return new CertificateAuthority(pair, certificate, random);
  }

  /** Writes the key (mode 0600), then the certificate (0644); durable on return. */
  public void store(Path keyFile, Path certificateFile) {
    KeyFiles.writeP256(keyFile, pair);
    Certificates.write(certificateFile, certificate);
  }

  /** Returns the authority's own certificate: what its peers trust. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** Returns whose authority it is. */
  public String tenant() {
    X500Name subject = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    return IETFUtils.valueToString(subject.getRDNs(BCStyle.O)[0].getFirst().getValue());
  }

  /** Returns the pin of the authority's key; see {@link Certificates#pin}. */
  public String pin() {
    return Certificates.pin(certificate);
  }

  /**
   * Issues a certificate to a client: a device's control or bulk link, the hub or an operator.
   *
   * @param key from {@link CertificateRequest#parse}, or made here
   * @param life from {@code now}; cut at the end of the authority's own
   * @throws DroverException {@code INVALID_ARGUMENT} for a server's identity
   */
  public X509Certificate issueClient(Identity identity, PublicKey key, Instant now, Duration life) {
    if (identity.role() == Identity.Role.SERVER) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "A server needs its addresses.");
    }
    return issue(identity, key, now, life, List.of());
  }

  /**
   * Issues a certificate to a listener.
   *
   * @param addresses the host names and IP addresses (v4 or v6, without brackets or zone) by which
   *     peers reach it; at least one
   * @throws DroverException {@code INVALID_ARGUMENT} for another identity or a malformed address
   */
  public X509Certificate issueServer(
      Identity identity, PublicKey key, Instant now, Duration life, List<String> addresses) {
    if (identity.role() != Identity.Role.SERVER
        || addresses.isEmpty()
        || addresses.size() > ADDRESSES_MAX) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "A server needs 1 to " + ADDRESSES_MAX + " addresses.");
    }
    return issue(identity, key, now, life, addresses);
  }

  /**
   * Returns a revocation list (RFC 5280 section 5) as PEM, for brokers that read one.
   *
   * @param serials of the revoked certificates
   * @param life after which a broker refuses everybody if it got no newer list
   */
  public String revocationList(Collection<BigInteger> serials, Instant now, Duration life) {
    X500Name issuer = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    X509v2CRLBuilder builder = new X509v2CRLBuilder(issuer, Date.from(now.minus(BACKDATED)));
    builder.setNextUpdate(Date.from(now.plus(life)));
    for (BigInteger serial : serials) {
      builder.addCRLEntry(serial, Date.from(now), CRLReason.unspecified);
    }
    try {
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate));
      builder.addExtension(
          Extension.cRLNumber,
          false,
          new org.bouncycastle.asn1.x509.CRLNumber(BigInteger.valueOf(now.toEpochMilli())));
      return new Pem("X509 CRL", builder.build(signer(pair)).getEncoded()).text();
    } catch (IOException | GeneralSecurityException e) {
      throw cannotIssue(e);
    }
  }

  private X509Certificate issue(
      Identity identity, PublicKey key, Instant now, Duration life, List<String> addresses) {
    X500Name issuer = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    Instant end = certificate.getNotAfter().toInstant();
    Duration cut = now.plus(life).isAfter(end) ? Duration.between(now, end) : life;
    X509v3CertificateBuilder builder =
        builder(issuer, Certificates.subject(identity), key, serial(random), now, cut);
    try {
      JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              addresses.isEmpty() ? KeyPurposeId.id_kp_clientAuth : KeyPurposeId.id_kp_serverAuth));
      builder.addExtension(
          Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(key));
      builder.addExtension(
          Extension.authorityKeyIdentifier, false, utils.createAuthorityKeyIdentifier(certificate));
      if (!addresses.isEmpty()) {
        GeneralName[] names =
            addresses.stream().map(CertificateAuthority::generalName).toArray(GeneralName[]::new);
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
      }
    } catch (CertIOException | GeneralSecurityException e) {
      throw cannotIssue(e);
    }
    return sign(builder, pair);
  }

  private static GeneralName generalName(String address) {
    try {
      if (address.indexOf(':') >= 0 || IPV4.matcher(address).matches()) {
        return new GeneralName(GeneralName.iPAddress, address);
      }
    } catch (IllegalArgumentException e) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "An IP address is malformed.", e);
    }
    if (!HOST_NAME.matcher(address).matches()) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "A host name is malformed.");
    }
    return new GeneralName(GeneralName.dNSName, address);
  }

  private static X509v3CertificateBuilder builder(
      X500Name issuer,
      X500Name subject,
      PublicKey key,
      BigInteger serial,
      Instant now,
      Duration life) {
    Instant from = now.minus(BACKDATED).truncatedTo(ChronoUnit.SECONDS);
    Instant to = now.plus(life).truncatedTo(ChronoUnit.SECONDS);
    return new JcaX509v3CertificateBuilder(
        issuer, serial, Date.from(from), Date.from(to), subject, key);
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, KeyPair pair) {
    try {
      return new JcaX509CertificateConverter().getCertificate(builder.build(signer(pair)));
    } catch (CertificateException e) {
      throw cannotIssue(e);
    }
  }

  private static ContentSigner signer(KeyPair pair) {
    try {
      return new JcaContentSignerBuilder(ALGORITHM).build(pair.getPrivate());
    } catch (OperatorCreationException e) {
      throw cannotIssue(e);
    }
  }

  private static BigInteger serial(SecureRandom random) {
    return new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS - 1);
  }

  private static byte[] randomBytes(SecureRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static DroverException cannotIssue(Exception cause) {
    return new DroverException(ErrorCode.INTERNAL, "A certificate cannot be issued.", cause);
  }
}
