package dev.drover.hub.enrol;

import dev.drover.crypto.Certificates;
import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/**
 * An operator's private key, certificate and the hub's CA, in one PEM file of mode 0600.
 *
 * @param pair of the operator
 * @param certificate of the operator
 * @param ca of the hub
 */
public record OperatorCredentials(KeyPair pair, X509Certificate certificate, X509Certificate ca) {
  private static final int FILE_BYTES_MAX = 32 * 1024;
  private static final String NEXT =
      "Name yours with --operator or DROVER_OPERATOR; `hub run` prints where the first one's are.";
  private static final String BEGIN = "-----BEGIN ";

  /**
   * Reads a file of {@link #store}.
   *
   * @throws DroverException with {@link ErrorCode#NOT_FOUND} or {@link ErrorCode#INVALID_ARGUMENT}
   */
  public static OperatorCredentials load(Path file) {
    byte[] bytes =
        DurableFiles.readBounded(file, FILE_BYTES_MAX)
            .orElseThrow(
                () ->
                    new DroverException(
                            ErrorCode.NOT_FOUND,
                            "There are no operator credentials at " + file + ".")
                        .withNextStep(NEXT));
    List<String> blocks = blocks(new String(bytes, StandardCharsets.US_ASCII));
    if (blocks.size() != 3) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "The file " + file + " does not hold a key, a certificate and a CA certificate.");
    }
    return new OperatorCredentials(
        KeyFiles.parseP256(blocks.get(0)),
        Certificates.parsePem(blocks.get(1)),
        Certificates.parsePem(blocks.get(2)));
  }

  private static List<String> blocks(String text) {
    List<String> blocks = new ArrayList<>();
    int begin = text.indexOf(BEGIN);
    while (begin >= 0) {
      int next = text.indexOf(BEGIN, begin + 1);
      blocks.add(text.substring(begin, next < 0 ? text.length() : next));
      begin = next;
    }
    return blocks;
  }

  /** Writes the file, mode 0600, durable on return. */
  public void store(Path file) {
    String text = KeyFiles.p256Pem(pair) + Certificates.pem(certificate) + Certificates.pem(ca);
    DurableFiles.replace(file, text.getBytes(StandardCharsets.US_ASCII), DurableFiles.OWNER_ONLY);
  }

  /** Returns what a TLS client needs. */
  public TlsMaterial tls() {
    return new TlsMaterial(pair.getPrivate(), certificate, ca);
  }

  @Override
  public String toString() {
    return "OperatorCredentials[" + certificate.getSubjectX500Principal() + "]";
  }
}
