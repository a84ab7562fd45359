package dev.drover.crypto;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/**
 * Keys in files, in formats that {@code openssl pkey} reads too.
 *
 * <p>Ed25519 signing keys that stay online are PKCS#8 PEM (RFC 5958, RFC 8410) of mode 0600;
 * offline ones are encrypted under a passphrase (see {@link Pbes2}); TLS key pairs are NIST P-256
 * in PKCS#8 PEM of mode 0600; public keys are SubjectPublicKeyInfo PEM or 64 hexadecimal digits.
 * Ed25519 keys are the raw 32 bytes that {@link Ed25519} takes.
 *
 * <p>Everything written is replaced atomically and durable on return ({@link DurableFiles}).
 * Reading fails with {@link ErrorCode#NOT_FOUND} where there is no file, {@link
 * ErrorCode#INVALID_ARGUMENT} where it is not what was asked for or the passphrase is wrong. A
 * passphrase array is never kept or changed; wiping it is the caller's. All methods are
 * thread-safe.
 */
public final class KeyFiles {
  /** Largest key file that is read, in bytes. */
  public static final int FILE_BYTES_MAX = 16 * 1024;

  /** Of RFC 8410. */
  private static final ASN1ObjectIdentifier ED25519 = new ASN1ObjectIdentifier("1.3.101.112");

  private static final String ENCRYPTED = "ENCRYPTED PRIVATE KEY";
  private static final String PRIVATE = "PRIVATE KEY";
  private static final String PUBLIC = "PUBLIC KEY";

  private KeyFiles() {}

  /** Writes an Ed25519 seed unencrypted, readable by the owner of the file only. */
  public static void writeEd25519(Path file, byte[] seed) {
    writePrivate(file, new Pem(PRIVATE, ed25519Pkcs8(seed)));
  }

  /** Returns the Ed25519 seed of a file of {@link #writeEd25519}. */
  public static byte[] readEd25519(Path file) {
    return ed25519Seed(read(file).expect(PRIVATE));
  }

  /**
   * Writes an Ed25519 seed encrypted under a passphrase; takes most of a second on purpose.
   *
   * @param passphrase at least one character
   */
  public static void writeEncryptedEd25519(
      Path file, byte[] seed, char[] passphrase, SecureRandom random) {
    if (passphrase.length == 0) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "the passphrase is empty");
    }
    byte[] sealed = Pbes2.encrypt(ed25519Pkcs8(seed), passphrase, random);
    writePrivate(file, new Pem(ENCRYPTED, sealed));
  }

  /** Returns the Ed25519 seed of a file of {@link #writeEncryptedEd25519}. */
  public static byte[] readEncryptedEd25519(Path file, char[] passphrase) {
    return ed25519Seed(Pbes2.decrypt(read(file).expect(ENCRYPTED), passphrase));
  }

  /** Returns whether a private key file needs a passphrase. */
  public static boolean isEncrypted(Path file) {
    return read(file).label().equals(ENCRYPTED);
  }

  /** Writes an Ed25519 public key as PEM of mode 0644. */
  public static void writeEd25519Public(Path file, byte[] publicKey) {
    DurableFiles.replace(
        file, ed25519PublicPem(publicKey).getBytes(StandardCharsets.US_ASCII), DurableFiles.PUBLIC);
  }

  /** Returns the Ed25519 public key of a file that holds PEM or 64 hexadecimal digits. */
  public static byte[] readEd25519Public(Path file) {
    return parseEd25519Public(readText(file));
  }

  /** Returns an Ed25519 public key as SubjectPublicKeyInfo PEM (RFC 8410). */
  public static String ed25519PublicPem(byte[] publicKey) {
    try {
      return new Pem(
              PUBLIC,
              SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(ed25519PublicKey(publicKey))
                  .getEncoded())
          .text();
    } catch (IOException | IllegalArgumentException e) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "not an Ed25519 public key", e);
    }
  }

  /** Returns the raw Ed25519 public key in a text that holds PEM or 64 hexadecimal digits. */
  public static byte[] parseEd25519Public(String text) {
    try {
      String line = text.strip();
      byte[] raw =
          line.startsWith("-----")
              ? fromPublicInfo(Pem.parse(line).expect(PUBLIC))
              : Hashes.unhex(line);
      return ed25519PublicKey(raw).getEncoded();
    } catch (IllegalArgumentException e) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "not an Ed25519 public key", e);
    }
  }

  /** Returns a new key pair on NIST P-256, for TLS. */
  public static KeyPair newP256(SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  /** Writes a P-256 key pair unencrypted, readable by the owner of the file only. */
  public static void writeP256(Path file, KeyPair pair) {
    writePrivate(file, new Pem(PRIVATE, pair.getPrivate().getEncoded()));
  }

  /** Returns a P-256 private key as unencrypted PKCS#8 PEM: a secret. */
  public static String p256Pem(KeyPair pair) {
    return new Pem(PRIVATE, pair.getPrivate().getEncoded()).text();
  }

  /** Returns the P-256 key pair of a text of {@link #p256Pem}; the public half is computed. */
  public static KeyPair parseP256(String pem) {
    return p256(Pem.parse(pem).expect(PRIVATE), "the given text");
  }

  /** Returns the P-256 key pair of a file of {@link #writeP256}; the public half is computed. */
  public static KeyPair readP256(Path file) {
    return p256(read(file).expect(PRIVATE), file.toString());
  }

  /** Returns the private half of the key pair of a file of {@link #writeP256}, which is faster. */
  static PrivateKey readP256Private(Path file) {
    return p256Private(read(file).expect(PRIVATE), file.toString());
  }

  private static KeyPair p256(byte[] der, String source) {
    ECPrivateKey key = p256Private(der, source);
    try {
      return new KeyPair(publicOf(key, KeyFactory.getInstance("EC")), key);
    } catch (GeneralSecurityException e) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "not a P-256 key: " + source, e);
    }
  }

  private static ECPrivateKey p256Private(byte[] der, String source) {
    try {
      PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
      if (key instanceof ECPrivateKey ec && ec.getParams().getOrder().bitLength() == 256) {
        return ec;
      }
    } catch (GeneralSecurityException e) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "not a P-256 key: " + source, e);
    }
    throw new DroverException(ErrorCode.INVALID_ARGUMENT, "not a P-256 key: " + source);
  }

  private static PublicKey publicOf(ECPrivateKey key, KeyFactory factory)
      throws GeneralSecurityException {
    org.bouncycastle.math.ec.ECPoint point =
        new FixedPointCombMultiplier()
            .multiply(CustomNamedCurves.getByName("secp256r1").getG(), key.getS())
            .normalize();
    BigInteger x = point.getAffineXCoord().toBigInteger();
    BigInteger y = point.getAffineYCoord().toBigInteger();
    return factory.generatePublic(new ECPublicKeySpec(new ECPoint(x, y), key.getParams()));
  }

  private static Ed25519PublicKeyParameters ed25519PublicKey(byte[] raw) {
    if (raw.length != Ed25519.KEY_BYTES) {
      throw new IllegalArgumentException("wrong length");
    }
    return new Ed25519PublicKeyParameters(raw, 0);
  }

  private static byte[] ed25519Pkcs8(byte[] seed) {
    if (seed.length != Ed25519.KEY_BYTES) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "not an Ed25519 private key");
    }
    try {
      return PrivateKeyInfoFactory.createPrivateKeyInfo(new Ed25519PrivateKeyParameters(seed, 0))
          .getEncoded();
    } catch (IOException e) {
      throw new DroverException(ErrorCode.INTERNAL, "cannot encode the key", e);
    }
  }

  private static byte[] ed25519Seed(byte[] pkcs8) {
    try {
      // Not by the factory for keys of every kind, which loads all their curves.
      PrivateKeyInfo key = PrivateKeyInfo.getInstance(pkcs8);
      if (isEd25519(key.getPrivateKeyAlgorithm())) {
        byte[] seed = ASN1OctetString.getInstance(key.parsePrivateKey()).getOctets();
        return new Ed25519PrivateKeyParameters(seed).getEncoded();
      }
    } catch (IOException | RuntimeException e) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "not an Ed25519 private key", e);
    }
    throw new DroverException(ErrorCode.INVALID_ARGUMENT, "not an Ed25519 private key");
  }

  private static byte[] fromPublicInfo(byte[] der) {
    try {
      SubjectPublicKeyInfo key = SubjectPublicKeyInfo.getInstance(der);
      if (isEd25519(key.getAlgorithm())) {
        return new Ed25519PublicKeyParameters(key.getPublicKeyData().getOctets()).getEncoded();
      }
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(e);
    }
    throw new IllegalArgumentException("another kind of key");
  }

  private static boolean isEd25519(AlgorithmIdentifier algorithm) {
    return algorithm.getAlgorithm().equals(ED25519);
  }

  private static void writePrivate(Path file, Pem pem) {
    DurableFiles.replace(
        file, pem.text().getBytes(StandardCharsets.US_ASCII), DurableFiles.OWNER_ONLY);
  }

  private static Pem read(Path file) {
    return Pem.parse(readText(file));
  }

  private static String readText(Path file) {
    byte[] content =
        DurableFiles.readBounded(file, FILE_BYTES_MAX)
            .orElseThrow(
                () -> new DroverException(ErrorCode.NOT_FOUND, "there is no key file " + file));
    return new String(content, StandardCharsets.ISO_8859_1);
  }
}
