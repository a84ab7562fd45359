package dev.drover.crypto;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/**
 * Encryption of a private key under a passphrase: PBES2 (RFC 8018) with PBKDF2-HMAC-SHA256 and
 * AES-256-CBC, the combination that {@code openssl pkey} reads and writes too.
 */
final class Pbes2 {
  /** Rounds of PBKDF2 for new files: OWASP's figure of 2023 for HMAC-SHA256. */
  static final int ITERATIONS = 600_000;

  /** Most rounds that are accepted, so that a file cannot keep the machine busy for hours. */
  static final int ITERATIONS_MAX = 10_000_000;

  private static final int KEY_BITS = 256;
  private static final int SALT_BYTES = 16;
  private static final int SALT_BYTES_MAX = 1024;
  private static final int IV_BYTES = 16;
  private static final AlgorithmIdentifier HMAC_SHA256 =
      new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE);

  private Pbes2() {}

  /** Returns the DER of an EncryptedPrivateKeyInfo (RFC 5958) around these bytes. */
  static byte[] encrypt(byte[] plain, char[] passphrase, SecureRandom random) {
    byte[] salt = randomBytes(random, SALT_BYTES);
    byte[] iv = randomBytes(random, IV_BYTES);
    try {
      byte[] sealed = crypt(Cipher.ENCRYPT_MODE, plain, passphrase, salt, ITERATIONS, iv);
      PBKDF2Params derivation = new PBKDF2Params(salt, ITERATIONS, KEY_BITS / 8, HMAC_SHA256);
      PBES2Parameters parameters =
          new PBES2Parameters(
              new KeyDerivationFunc(PKCSObjectIdentifiers.id_PBKDF2, derivation),
              new EncryptionScheme(NISTObjectIdentifiers.id_aes256_CBC, new DEROctetString(iv)));
      return new EncryptedPrivateKeyInfo(
              new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBES2, parameters), sealed)
          .getEncoded();
    } catch (GeneralSecurityException | IOException e) {
      throw new DroverException(ErrorCode.INTERNAL, "cannot encrypt the key", e);
    }
  }

  /**
   * Returns the bytes inside an EncryptedPrivateKeyInfo.
   *
   * @throws DroverException {@link ErrorCode#INVALID_ARGUMENT} if the passphrase is wrong, the
   *     bytes are damaged or another scheme was used
   */
  static byte[] decrypt(byte[] der, char[] passphrase) {
    try {
      EncryptedPrivateKeyInfo info = EncryptedPrivateKeyInfo.getInstance(der);
      require(info.getEncryptionAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.id_PBES2));
      PBES2Parameters parameters =
          PBES2Parameters.getInstance(info.getEncryptionAlgorithm().getParameters());
      KeyDerivationFunc function = parameters.getKeyDerivationFunc();
      EncryptionScheme scheme = parameters.getEncryptionScheme();
      require(
          function.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBKDF2)
              && scheme.getAlgorithm().equals(NISTObjectIdentifiers.id_aes256_CBC));
      PBKDF2Params derivation = PBKDF2Params.getInstance(function.getParameters());
      require(derivation.getPrf().getAlgorithm().equals(PKCSObjectIdentifiers.id_hmacWithSHA256));
      BigInteger iterations = derivation.getIterationCount();
      byte[] salt = derivation.getSalt();
      require(
          iterations.signum() > 0
              && iterations.compareTo(BigInteger.valueOf(ITERATIONS_MAX)) <= 0
              && salt.length > 0
              && salt.length <= SALT_BYTES_MAX);
      return crypt(
          Cipher.DECRYPT_MODE,
          info.getEncryptedData(),
          passphrase,
          salt,
          iterations.intValueExact(),
          ASN1OctetString.getInstance(scheme.getParameters()).getOctets());
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      // One message for both, on purpose: padding decides which of them it is, by chance.
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "the passphrase is wrong or the key file is damaged", e);
    }
  }

  private static void require(boolean supported) {
    if (!supported) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "the key file must use PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC");
    }
  }

  private static byte[] crypt(
      int mode, byte[] input, char[] passphrase, byte[] salt, int iterations, byte[] iv)
      throws GeneralSecurityException {
    PBEKeySpec spec = new PBEKeySpec(passphrase, salt, iterations, KEY_BITS);
    byte[] key = new byte[0];
    try {
      key = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
      Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
      cipher.init(mode, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
      return cipher.doFinal(input);
    } finally {
      spec.clearPassword();
      Arrays.fill(key, (byte) 0);
    }
  }

  private static byte[] randomBytes(SecureRandom random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
