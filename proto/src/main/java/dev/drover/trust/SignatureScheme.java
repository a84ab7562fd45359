package dev.drover.trust;

import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.Pem;
import dev.drover.wire.DroverException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.X509EncodedKeySpec;

/** A public key with its way of verifying (section 4.2.2). Immutable. */
interface SignatureScheme {
  /** Smallest and largest RSA modulus; the upper bound keeps one verification cheap. */
  int RSA_BITS_MIN = 2048;

  /** See {@link #RSA_BITS_MIN}. */
  int RSA_BITS_MAX = 8192;

  /** Returns a text that is equal for equal keys and for no others. */
  String material();

  /** Returns whether the signature is valid; never throws for bad bytes. */
  boolean verify(byte[] message, byte[] signature);

  /** Returns the scheme for the texts of a key object; an unusable one verifies nothing. */
  static SignatureScheme of(String keyType, String scheme, String publicText) {
    try {
      return switch (keyType + "/" + scheme) {
        case "ed25519/ed25519" -> new RawEd25519(ed25519(publicText));
        case "ecdsa/ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256/ecdsa-sha2-nistp256" ->
            new Jca(ecdsa(publicText), "SHA256withECDSA");
        case "rsa/rsassa-pss-sha256" -> new Jca(rsa(publicText), "RSASSA-PSS");
        default -> new Unusable(keyType + "/" + scheme + "/" + publicText);
      };
    } catch (GeneralSecurityException | DroverException | IllegalArgumentException damaged) {
      return new Unusable(keyType + "/" + scheme + "/" + publicText);
    }
  }

  private static byte[] ed25519(String hex) {
    byte[] raw = Hashes.unhex(hex);
    if (raw.length != Ed25519.KEY_BYTES) {
      throw new IllegalArgumentException("wrong length");
    }
    return raw;
  }

  private static PublicKey ecdsa(String pem) throws GeneralSecurityException {
    PublicKey key = decode(pem, "EC");
    if (key instanceof ECPublicKey ec && isP256(ec.getParams().getOrder())) {
      return key;
    }
    throw new IllegalArgumentException("another curve");
  }

  private static boolean isP256(BigInteger order) {
    return order.equals(
        new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16));
  }

  private static PublicKey rsa(String pem) throws GeneralSecurityException {
    PublicKey key = decode(pem, "RSA");
    if (key instanceof RSAPublicKey rsa
        && rsa.getModulus().bitLength() >= RSA_BITS_MIN
        && rsa.getModulus().bitLength() <= RSA_BITS_MAX) {
      return key;
    }
    throw new IllegalArgumentException("wrong size");
  }

  private static PublicKey decode(String pem, String algorithm) throws GeneralSecurityException {
    return KeyFactory.getInstance(algorithm)
        .generatePublic(new X509EncodedKeySpec(Pem.parse(pem).expect("PUBLIC KEY")));
  }

  /** Ed25519 over the raw key. */
  record RawEd25519(byte[] publicKey) implements SignatureScheme {
    @Override
    public String material() {
      return "ed25519:" + Hashes.hex(publicKey);
    }

    @Override
    public boolean verify(byte[] message, byte[] signature) {
      return Ed25519.verify(publicKey, message, signature);
    }
  }

  /** A scheme of the JDK. */
  record Jca(PublicKey publicKey, String algorithm) implements SignatureScheme {
    private static final int SALT_BYTES = 32;

    @Override
    public String material() {
      return algorithm + ":" + Hashes.hex(publicKey.getEncoded());
    }

    @Override
    public boolean verify(byte[] message, byte[] signature) {
      try {
        Signature verifier = Signature.getInstance(algorithm);
        if (publicKey instanceof RSAPublicKey) {
          verifier.setParameter(
              new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, SALT_BYTES, 1));
        }
        verifier.initVerify(publicKey);
        verifier.update(message);
        return verifier.verify(signature);
      } catch (GeneralSecurityException damaged) {
        return false;
      }
    }
  }

  /** A key that this version does not know or that is damaged. */
  record Unusable(String text) implements SignatureScheme {
    @Override
    public String material() {
      return "unusable:" + text;
    }

    @Override
    public boolean verify(byte[] message, byte[] signature) {
      return false;
    }
  }
}
