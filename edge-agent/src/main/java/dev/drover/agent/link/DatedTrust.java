package dev.drover.agent.link;

import dev.drover.crypto.TlsMaterial;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts what the CA issued, and tells apart a certificate that is wrong from one that only seems
 * out of date: that one passes, and {@link #timeDoubt} says so. The caller must then let nothing
 * over the connection but a question for the time. For one connection.
 */
final class DatedTrust extends X509ExtendedTrustManager {
  private final TlsMaterial material;
  private final Instant now;
  private volatile @Nullable CertificateException timeDoubt;

  /**
   * Makes the trust of one connection.
   *
   * @param now the best time that the device knows
   */
  DatedTrust(TlsMaterial material, Instant now) {
    this.material = material;
    this.now = now;
  }

  /** Returns what speaks against the peer's dates, or null when they are in order. */
  @Nullable CertificateException timeDoubt() {
    return timeDoubt;
  }

  /** One of the checks of a chain, by a manager that believes in some time. */
  private interface Check {
    void by(X509ExtendedTrustManager manager) throws CertificateException;
  }

  private void check(X509Certificate[] chain, Check check) throws CertificateException {
    try {
      check.by(at(now));
    } catch (CertificateException refused) {
      if (chain.length == 0) {
        throw refused;
      }
      // At the moment from which it counts, its dates are right: whatever else is wrong still is.
      check.by(at(chain[0].getNotBefore().toInstant()));
      timeDoubt = refused;
    }
  }

  private X509ExtendedTrustManager at(Instant time) throws CertificateException {
    for (TrustManager manager : material.trustManagers(time).getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager checking) {
        return checking;
      }
    }
    throw new CertificateException("there is no trust manager");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    check(chain, manager -> manager.checkServerTrusted(chain, authType, socket));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain, manager -> manager.checkServerTrusted(chain, authType, engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain, manager -> manager.checkServerTrusted(chain, authType));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("this side has no clients");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[] {material.ca()};
  }
}
