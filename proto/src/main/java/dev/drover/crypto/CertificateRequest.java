package dev.drover.crypto;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * A certificate signing request (PKCS #10, RFC 2986): a P-256 public key and the proof that the
 * sender holds its private half.
 *
 * <p>It names nobody. Who gets the certificate follows from the token or the certificate with which
 * the request came, never from the request. Thread-safe, no state.
 */
public final class CertificateRequest {
  /** Largest request that is read, in bytes. */
  public static final int BYTES_MAX = 1024;

  private CertificateRequest() {}

  /** Returns a request for a P-256 key pair, as DER bytes. */
  public static byte[] create(KeyPair pair) {
    try {
      return new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=drover"), pair.getPublic())
          .build(
              new JcaContentSignerBuilder(CertificateAuthority.ALGORITHM).build(pair.getPrivate()))
          .getEncoded();
    } catch (OperatorCreationException | IOException e) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "The key pair is not on P-256.", e);
    }
  }

  /**
   * Returns the public key of a request after checking its form and its signature.
   *
   * @param der as received
   * @throws DroverException {@code LIMIT_EXCEEDED}, {@code MESSAGE_MALFORMED} (not a request, or
   *     not a key on P-256) or {@code SIGNATURE_INVALID}
   */
  public static PublicKey parse(byte[] der) {
    if (der.length > BYTES_MAX) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, "A certificate request may have " + BYTES_MAX + " bytes.");
    }
    PKCS10CertificationRequest request;
    PublicKey key;
    try {
      request = new PKCS10CertificationRequest(der);
      key = p256(request);
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "This is no certificate request for a P-256 key.", e);
    }
    requireSigned(request, key);
    return key;
  }

  private static PublicKey p256(PKCS10CertificationRequest request)
      throws GeneralSecurityException, IOException {
    Object curve = request.getSubjectPublicKeyInfo().getAlgorithm().getParameters();
    PublicKey key =
        KeyFactory.getInstance("EC")
            .generatePublic(
                new X509EncodedKeySpec(
                    request.getSubjectPublicKeyInfo().getEncoded(ASN1Encoding.DER)));
    if (!X9ObjectIdentifiers.prime256v1.equals(curve) || !(key instanceof ECPublicKey)) {
      throw new GeneralSecurityException("another kind of key");
    }
    return key;
  }

  private static void requireSigned(PKCS10CertificationRequest request, PublicKey key) {
    try {
      if (request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        return;
      }
    } catch (OperatorCreationException | PKCSException | RuntimeException e) {
      throw new DroverException(
          ErrorCode.SIGNATURE_INVALID, "The request is not signed with its own key.", e);
    }
    throw new DroverException(
        ErrorCode.SIGNATURE_INVALID, "The request is not signed with its own key.");
  }
}
