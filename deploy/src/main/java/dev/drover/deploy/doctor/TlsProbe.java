package dev.drover.deploy.doctor;

import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Shakes hands over TLS and hangs up: nothing is said to the peer. */
final class TlsProbe {
  private static final int TIMEOUT_MS = 3000;

  private TlsProbe() {}

  /**
   * Shakes hands with a peer that must show a certificate of the CA, whatever its name.
   *
   * @param now the time at which certificates must be valid
   * @throws IOException with what the transport or the certificates say
   */
  static void trusted(HostPort peer, TlsMaterial tls, Instant now) throws IOException {
    shake(peer, tls.sslContext(now));
  }

  /** Returns the certificates that a listener shows, whoever it is; empty if it shows none. */
  static List<X509Certificate> shown(HostPort peer, SecureRandom random) {
    Looker looker = new Looker();
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {looker}, random);
      shake(peer, context);
    } catch (IOException endedPerhapsAfterItsCertificates) {
      return looker.seen;
    } catch (GeneralSecurityException everyJdkHasTls) {
      throw new IllegalStateException(everyJdkHasTls);
    }
    return looker.seen;
  }

  private static void shake(HostPort peer, SSLContext context) throws IOException {
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(peer.host(), peer.port()), TIMEOUT_MS);
      plain.setSoTimeout(TIMEOUT_MS);
      try (SSLSocket socket =
          (SSLSocket)
              context.getSocketFactory().createSocket(plain, peer.host(), peer.port(), true)) {
        socket.startHandshake();
      }
    }
  }

  /** Trusts everybody, because nothing is sent: it only looks at who is there. */
  private static final class Looker extends X509ExtendedTrustManager {
    private final List<X509Certificate> seen = new ArrayList<>();

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
      seen.addAll(List.of(chain));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
      checkServerTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
      checkServerTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
      throw new UnsupportedOperationException();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
