package dev.drover.agent.identity;

import dev.drover.crypto.Certificates;
import dev.drover.crypto.ChainTrust;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Trusts a server that shows, in its chain, the CA of a token, and whose own certificate that CA
 * signed for the hub's API: a stolen key of a device, an operator or a broker is no hub. The host
 * name does not matter: the pin says more than a name, and a hub may be reached by an address that
 * its certificate does not list. One use each.
 */
final class PinnedTrust extends ChainTrust {
  private static final int CHAIN_MAX = 8;

  private final String caSha256;
  private final Instant now;
  private final boolean datesMayBeWrong;
  private volatile @Nullable DroverException refusal;

  /**
   * Pins a CA.
   *
   * @param caSha256 of the CA certificate's DER bytes, in hexadecimal
   * @param now the time at which certificates must be valid
   * @param datesMayBeWrong whether a server passes that only seems out of date; {@link #refusal}
   *     then says so, and the caller may believe nothing from it but a signed time
   */
  PinnedTrust(String caSha256, Instant now, boolean datesMayBeWrong) {
    this.caSha256 = caSha256;
    this.now = now;
    this.datesMayBeWrong = datesMayBeWrong;
  }

  /** Returns why a server was refused or is in doubt, or null. */
  @Nullable DroverException refusal() {
    return refusal;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    for (int i = 0; i < Math.min(chain.length, CHAIN_MAX); i++) {
      if (Certificates.fingerprint(chain[i]).equals(caSha256)) {
        check(chain[i], chain[0]);
        return;
      }
    }
    throw refuse(
        new DroverException(
            ErrorCode.CA_MISMATCH, "The hub does not hold the CA that the token names."));
  }

  private CertificateException refuse(DroverException why) {
    refusal = why;
    return new CertificateException(why.getMessage(), why);
  }

  private void check(X509Certificate ca, X509Certificate server) throws CertificateException {
    try {
      requireApi(Certificates.requireIssuedBy(ca, server));
    } catch (DroverException refused) {
      throw refuse(refused);
    }
    try {
      requireTimely(server);
    } catch (DroverException late) {
      CertificateException refused = refuse(late);
      if (!datesMayBeWrong) {
        throw refused;
      }
    }
  }

  private static void requireApi(Identity identity) {
    if (!identity.equals(Identity.api(identity.tenant()))) {
      throw new DroverException(
          ErrorCode.CA_MISMATCH,
          "What answers holds the certificate of " + identity.commonName() + ", not a hub's.");
    }
  }

  private void requireTimely(X509Certificate server) {
    // The CA's signature proves that it is at least the time at which it was made, whatever a
    // board that booted in 1970 believes.
    Instant end = server.getNotAfter().toInstant();
    if (now.isAfter(end)) {
      throw new DroverException(
          ErrorCode.CLOCK_UNTRUSTED,
          "The hub's certificate ended at " + end + ", and here it is " + now + ".");
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("This side has no clients.");
  }
}
