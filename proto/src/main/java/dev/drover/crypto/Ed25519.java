package dev.drover.crypto;

import java.security.SecureRandom;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/**
 * Ed25519 (RFC 8032) over raw 32-byte keys.
 *
 * <p>BouncyCastle's implementation is used because it verifies about eight times faster than the
 * one of JDK 17. All methods are thread-safe and hold no state.
 */
public final class Ed25519 {
  /** Length of a public key and of a private seed, in bytes. */
  public static final int KEY_BYTES = 32;

  /** Length of a signature, in bytes. */
  public static final int SIGNATURE_BYTES = 64;

  private Ed25519() {}

  /** Returns a new private seed of {@link #KEY_BYTES} bytes. */
  public static byte[] newSeed(SecureRandom random) {
    return new Ed25519PrivateKeyParameters(random).getEncoded();
  }

  /** Returns the public key that belongs to a private seed. */
  public static byte[] publicKey(byte[] seed) {
    return new Ed25519PrivateKeyParameters(seed, 0).generatePublicKey().getEncoded();
  }

  /** Signs a message; the result has {@link #SIGNATURE_BYTES} bytes and is deterministic. */
  public static byte[] sign(byte[] seed, byte[] message) {
    Ed25519Signer signer = new Ed25519Signer();
    signer.init(true, new Ed25519PrivateKeyParameters(seed, 0));
    signer.update(message, 0, message.length);
    return signer.generateSignature();
  }

  /**
   * Returns whether the signature is one of this key over this message.
   *
   * @param publicKey any bytes; a wrong length or a point that is not on the curve gives false
   * @param signature any bytes
   */
  public static boolean verify(byte[] publicKey, byte[] message, byte[] signature) {
    if (publicKey.length != KEY_BYTES || signature.length != SIGNATURE_BYTES) {
      return false;
    }
    try {
      Ed25519Signer verifier = new Ed25519Signer();
      verifier.init(false, new Ed25519PublicKeyParameters(publicKey, 0));
      verifier.update(message, 0, message.length);
      return verifier.verifySignature(signature);
    } catch (IllegalArgumentException notAPoint) {
      return false;
    }
  }
}
