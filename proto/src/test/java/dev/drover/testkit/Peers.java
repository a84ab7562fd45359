package dev.drover.testkit;

import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.HostPort;
import java.io.IOException;
import java.security.cert.Certificate;
import java.time.Instant;
import javax.net.ssl.SSLSocket;

/** Looks at the other end of a TLS connection. */
public final class Peers {
  private Peers() {}

  /** Connects, and returns the certificate that the listener shows. */
  public static Certificate certificate(HostPort address, TlsMaterial client, Instant now)
      throws IOException {
    try (SSLSocket socket =
        (SSLSocket)
            client
                .sslContext(now)
                .getSocketFactory()
                .createSocket(address.host(), address.port())) {
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0];
    }
  }
}
