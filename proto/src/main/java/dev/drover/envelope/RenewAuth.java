package dev.drover.envelope;

import com.google.protobuf.ByteString;
import dev.drover.v1.RenewRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/**
 * Signs and checks requests for renewal: ECDSA on P-256 with SHA-256 by the device's present
 * control key, over the domain {@code drover/v1 renew\n}, the two requests, each after its length
 * in four bytes, and the time in eight, all big endian. So a device whose certificate has ended can
 * still show that it holds the key. Thread-safe.
 */
public final class RenewAuth {
  private static final byte[] DOMAIN = "drover/v1 renew\n".getBytes(StandardCharsets.UTF_8);
  private static final String ALGORITHM = "SHA256withECDSA";

  private RenewAuth() {}

  /** Returns the request with its signature; all other fields are set already. */
  public static RenewRequest sign(PrivateKey controlKey, RenewRequest unsigned) {
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initSign(controlKey);
      signature.update(content(unsigned));
      return unsigned.toBuilder().setSignature(ByteString.copyFrom(signature.sign())).build();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * Checks the signature of a request; whose key it is, and whether the time is near, is the
   * caller's.
   *
   * @param controlKey of the certificate that the request shows
   * @throws DroverException {@link ErrorCode#SIGNATURE_INVALID}
   */
  public static void check(PublicKey controlKey, RenewRequest request) {
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initVerify(controlKey);
      signature.update(content(request));
      if (signature.verify(request.getSignature().toByteArray())) {
        return;
      }
    } catch (GeneralSecurityException malformed) {
      throw new DroverException(
          ErrorCode.SIGNATURE_INVALID, "A renewal's signature is malformed.", malformed);
    }
    throw new DroverException(
        ErrorCode.SIGNATURE_INVALID, "A renewal is not signed by the device's key.");
  }

  private static byte[] content(RenewRequest request) {
    byte[] csr = request.getCsr().toByteArray();
    byte[] bulk = request.getBulkCsr().toByteArray();
    return ByteBuffer.allocate(DOMAIN.length + 8 + csr.length + bulk.length + 8)
        .put(DOMAIN)
        .putInt(csr.length)
        .put(csr)
        .putInt(bulk.length)
        .put(bulk)
        .putLong(request.getTimeMs())
        .array();
  }
}
