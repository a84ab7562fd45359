package dev.drover.crypto;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * What one side of a mutual TLS connection needs: its key, its certificate and the CA it trusts.
 *
 * <p>Immutable and thread-safe. Only this CA is trusted, never those of the operating system.
 *
 * @param key the private half
 * @param certificate the certificate of {@code key}
 * @param ca the one authority that is trusted; it issued the peer's certificate
 */
public record TlsMaterial(PrivateKey key, X509Certificate certificate, X509Certificate ca) {
  /** The protocol versions that are offered and accepted. */
  public static final Set<String> PROTOCOLS = Set.of("TLSv1.3", "TLSv1.2");

  private static final String ALIAS = "drover";

  /**
   * Returns the material of files.
   *
   * @throws DroverException {@code NOT_FOUND}, {@code INVALID_ARGUMENT}, or {@code CA_MISMATCH} if
   *     key and certificate do not belong together
   */
  public static TlsMaterial load(Path keyFile, Path certificateFile, Path caFile) {
    PrivateKey key = KeyFiles.readP256Private(keyFile);
    X509Certificate certificate = Certificates.read(certificateFile);
    if (!belongTogether(key, certificate)) {
      throw new DroverException(
          ErrorCode.CA_MISMATCH, "Key and certificate do not belong together.");
    }
    return new TlsMaterial(key, certificate, Certificates.read(caFile));
  }

  /** By a signature, which TLS needs anyway: the file has no public half to compare. */
  private static boolean belongTogether(PrivateKey key, X509Certificate certificate) {
    byte[] message = {1};
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(key);
      signature.update(message);
      byte[] signed = signature.sign();
      signature.initVerify(certificate.getPublicKey());
      signature.update(message);
      return signature.verify(signed);
    } catch (GeneralSecurityException notOfOneKind) {
      return false;
    }
  }

  /**
   * Returns a context for TLS 1.3 and 1.2.
   *
   * @param now the time at which the peer's certificate must be valid: the best the caller knows,
   *     as a device's own clock may be wrong. It is fixed in the context, so make one per
   *     connection
   */
  public SSLContext sslContext(Instant now) {
    return sslContext(trustManagers(now).getTrustManagers());
  }

  /** Returns a context for TLS 1.3 and 1.2 by which these decide whom to trust. */
  public SSLContext sslContext(TrustManager... trust) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keyManagers().getKeyManagers(), trust, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw unusable(e);
    }
  }

  /** Returns the factory of key managers that present the certificate. */
  public KeyManagerFactory keyManagers() {
    try {
      char[] password = {};
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(keyStore(password), password);
      return factory;
    } catch (GeneralSecurityException | IOException e) {
      throw unusable(e);
    }
  }

  /**
   * Returns the factory of trust managers that accept what the CA issued and is valid at {@code
   * now}.
   */
  public TrustManagerFactory trustManagers(Instant now) {
    try {
      PKIXBuilderParameters parameters =
          new PKIXBuilderParameters(Set.of(new TrustAnchor(ca, null)), new X509CertSelector());
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(now));
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(new CertPathTrustManagerParameters(parameters));
      return factory;
    } catch (GeneralSecurityException e) {
      throw unusable(e);
    }
  }

  /**
   * Writes key and certificate as PKCS #12 (RFC 7292), for software that reads nothing else. The
   * file gets mode 0600, must not exist, and is not durable: it is made again at each start.
   *
   * @param password of file and key; not kept
   */
  public void writeKeyStore(Path file, char[] password) {
    try {
      write(file, keyStore(password), password);
    } catch (GeneralSecurityException | IOException e) {
      throw unusable(e);
    }
  }

  /** Writes the CA as a PKCS #12 trust store, like {@link #writeKeyStore}. */
  public void writeTrustStore(Path file, char[] password) {
    try {
      KeyStore store = empty();
      store.setCertificateEntry(ALIAS, ca);
      write(file, store, password);
    } catch (GeneralSecurityException | IOException e) {
      throw unusable(e);
    }
  }

  /** Never shows the key. */
  @Override
  public String toString() {
    return "TlsMaterial[" + certificate.getSubjectX500Principal() + "]";
  }

  private KeyStore keyStore(char[] password) throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    store.setKeyEntry(ALIAS, key, password, new Certificate[] {certificate});
    return store;
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static void write(Path file, KeyStore store, char[] password)
      throws GeneralSecurityException, IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
      store.store(out, password);
    }
  }

  private static DroverException unusable(Exception cause) {
    return new DroverException(
        ErrorCode.INVALID_ARGUMENT, "Key and certificate cannot be used for TLS.", cause);
  }
}
