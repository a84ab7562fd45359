package dev.drover.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.wire.Identity;
import java.io.IOException;
import java.net.InetAddress;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** Handshakes over loopback with the contexts that the links use. */
final class TlsMaterialTest {
  private static final Instant NOW = Instant.parse("2031-03-01T12:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final CertificateAuthority CA = CertificateAuthority.create("home", RANDOM, NOW);

  private static TlsMaterial server(CertificateAuthority ca, String address) {
    KeyPair pair = KeyFiles.newP256(RANDOM);
    X509Certificate certificate =
        ca.issueServer(Identity.server("home", "s"), pair.getPublic(), NOW, DAY, List.of(address));
    return new TlsMaterial(pair.getPrivate(), certificate, CA.certificate());
  }

  private static TlsMaterial client() {
    KeyPair pair = KeyFiles.newP256(RANDOM);
    return new TlsMaterial(
        pair.getPrivate(),
        CA.issueClient(Identity.device("home", "lamp"), pair.getPublic(), NOW, DAY),
        CA.certificate());
  }

  private static String handshake(TlsMaterial server, SSLContext client, Instant serverNow)
      throws Exception {
    try (SSLServerSocket listener =
        (SSLServerSocket)
            server
                .sslContext(serverNow)
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      listener.setNeedClientAuth(true);
      CompletableFuture<String> peer = CompletableFuture.supplyAsync(() -> acceptOne(listener));
      try (SSLSocket socket =
          (SSLSocket)
              client.getSocketFactory().createSocket("127.0.0.1", listener.getLocalPort())) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        socket.getOutputStream().write(1);
        return peer.join();
      }
    }
  }

  private static String acceptOne(SSLServerSocket listener) {
    try (SSLSocket socket = (SSLSocket) listener.accept()) {
      if (socket.getInputStream().read() != 1) {
        throw new IOException("closed");
      }
      return socket.getSession().getPeerPrincipal().getName();
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void handshake_withinDates_givesThePeersName() throws Exception {
    assertEquals(
        "CN=lamp,OU=device,O=home",
        handshake(server(CA, "127.0.0.1"), client().sslContext(NOW), NOW));
  }

  @Test
  void serverCertificate_checkedAtTheGivenTime_isRefusedOutsideIt() {
    for (Instant wrong : List.of(Instant.EPOCH, NOW.plus(DAY).plus(DAY))) {
      assertThrows(
          SSLHandshakeException.class,
          () -> handshake(server(CA, "127.0.0.1"), client().sslContext(wrong), NOW));
    }
  }

  @Test
  void serverCertificate_forAnotherAddress_isRefused() {
    assertThrows(
        SSLHandshakeException.class,
        () -> handshake(server(CA, "127.0.0.2"), client().sslContext(NOW), NOW));
  }

  @Test
  void serverCertificate_ofAnotherAuthority_isRefused() {
    CertificateAuthority other = CertificateAuthority.create("home", RANDOM, NOW);
    assertThrows(
        SSLHandshakeException.class,
        () -> handshake(server(other, "127.0.0.1"), client().sslContext(NOW), NOW));
  }

  @Test
  void clientCertificate_usedAsServer_isRefused() {
    assertThrows(
        SSLHandshakeException.class, () -> handshake(client(), client().sslContext(NOW), NOW));
  }
}
