package dev.drover.agent.api;

import dev.drover.crypto.Certificates;
import dev.drover.crypto.ChainTrust;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;

/**
 * Trusts exactly the certificates that the owner paired, and no authority: that a certificate is
 * one of the fleet says nothing here. Thread-safe.
 */
final class PeerTrust extends ChainTrust {
  /** Who made the present call: the fingerprint of its certificate. */
  static final io.grpc.Context.Key<String> PEER = io.grpc.Context.key("drover-peer");

  private static final int PEERS_MAX = 256;

  private final Set<String> paired;
  private final InstantSource clock;

  private PeerTrust(Set<String> paired, InstantSource clock) {
    this.paired = Set.copyOf(paired);
    this.clock = clock;
  }

  /**
   * Reads the paired certificates once.
   *
   * @param directory of {@code *.pem} files with one certificate each; none without it
   * @param clock for the dates of certificates
   * @throws DroverException {@code INVALID_ARGUMENT} for a file that holds none, {@code
   *     LIMIT_EXCEEDED}, {@code STORE_FAILED}
   */
  static PeerTrust read(Path directory, InstantSource clock) {
    Set<String> paired = new HashSet<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.pem")) {
        for (Path file : files) {
          paired.add(Certificates.fingerprint(Certificates.read(file)));
          if (paired.size() > PEERS_MAX) {
            throw new DroverException(
                ErrorCode.LIMIT_EXCEEDED, "At most " + PEERS_MAX + " neighbours can be paired.");
          }
        }
      } catch (IOException unreadable) {
        throw new DroverException(
            ErrorCode.STORE_FAILED, "The paired certificates cannot be read.", unreadable);
      }
    }
    return new PeerTrust(paired, clock);
  }

  /** Returns who made the present call; empty on the Unix socket. */
  static String peer() {
    String peer = PEER.get();
    return peer == null ? "" : peer;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    if (chain.length == 0 || !paired.contains(Certificates.fingerprint(chain[0]))) {
      throw new CertificateException("The certificate is not paired with this device.");
    }
    try {
      Certificates.requireValid(chain[0], clock.instant());
    } catch (DroverException refused) {
      throw new CertificateException(refused.getMessage(), refused);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("This side calls nobody.");
  }
}
