package dev.drover.deploy.demo;

import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.deploy.fleet.Machine;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;

/**
 * Someone on the way between devices and broker who stole the key of the hub's CA: a proxy that
 * opens each TLS connection, is the broker to the device and the device to the broker, passes on
 * what they say, and changes one bit in each message of one topic. Thread-safe.
 */
final class Interceptor implements AutoCloseable {
  private static final int HEAD_BYTES_MAX = 4096;
  private static final int BUFFER_BYTES = 1 << 16;

  /** From the end of the topic to the bit: beyond packet number and properties. */
  private static final int INTO_PAYLOAD_BYTES = 64;

  private static final Duration LIFE = Duration.ofDays(1);

  private final CertificateAuthority stolen;
  private final Instant now;
  private final byte[] topic;
  private final TlsMaterial asBroker;
  private final ServerSocket listener;
  private final List<Socket> sockets = new ArrayList<>();
  private final AtomicInteger changed = new AtomicInteger();

  /**
   * Starts to listen on a free port of this machine.
   *
   * @param topic whose messages are changed on their way to a device
   */
  Interceptor(CertificateAuthority stolen, String topic, SecureRandom random, Instant now)
      throws IOException {
    this.stolen = stolen;
    this.now = now;
    this.topic = topic.getBytes(StandardCharsets.US_ASCII);
    KeyPair pair = KeyFiles.newP256(random);
    X509Certificate certificate =
        stolen.issueServer(
            Identity.api(stolen.tenant()),
            pair.getPublic(),
            now,
            LIFE,
            List.of("localhost", "127.0.0.1"));
    this.asBroker = new TlsMaterial(pair.getPrivate(), certificate, stolen.certificate());
    this.listener = new ServerSocket(0, 50, Machine.loopback());
    daemon(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Returns how many messages it changed. */
  int changed() {
    return changed.get();
  }

  private void accept() throws IOException {
    while (!listener.isClosed()) {
      Socket device = keep(listener.accept());
      daemon(() -> serve(device));
    }
  }

  private void serve(Socket device) throws IOException {
    HostPort broker = HostPort.parse(connectTarget(device.getInputStream()));
    device.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    SSLSocket down =
        (SSLSocket) asBroker.sslContext(now).getSocketFactory().createSocket(device, null, true);
    try (down) {
      down.setNeedClientAuth(true);
      down.startHandshake();
      X509Certificate shown = (X509Certificate) down.getSession().getPeerCertificates()[0];
      Identity identity = Certificates.identity(shown).orElseThrow(IOException::new);
      try (Socket up =
          keep(
              as(identity)
                  .sslContext(now)
                  .getSocketFactory()
                  .createSocket(broker.host(), broker.port()))) {
        daemon(() -> pass(down, up));
        change(up.getInputStream(), down.getOutputStream());
      }
    }
  }

  /** Returns what a request of the form {@code CONNECT host:port HTTP/1.1} names. */
  private static String connectTarget(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0 || head.length() > HEAD_BYTES_MAX) {
        throw new IOException("This is no request to connect.");
      }
      head.append((char) next);
    }
    return head.substring("CONNECT ".length(), head.indexOf(" HTTP/"));
  }

  private TlsMaterial as(Identity identity) {
    KeyPair pair = KeyFiles.newP256(new SecureRandom());
    return new TlsMaterial(
        pair.getPrivate(),
        stolen.issueClient(identity, pair.getPublic(), now, LIFE),
        stolen.certificate());
  }

  private static void pass(Socket from, Socket to) throws IOException {
    try (from;
        to) {
      var unused = from.getInputStream().transferTo(to.getOutputStream());
    }
  }

  /** Passes bytes on and flips a bit behind each occurrence of the topic. */
  private void change(InputStream in, OutputStream out) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    int matched = 0;
    int left = -1;
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      for (int i = 0; i < n; i++) {
        if (left >= 0 && left-- == 0) {
          buffer[i] ^= 1;
          changed.incrementAndGet();
        }
        // A length comes before a topic, so it never follows on a part of itself.
        matched = buffer[i] == topic[matched] ? matched + 1 : buffer[i] == topic[0] ? 1 : 0;
        if (matched == topic.length) {
          matched = 0;
          left = INTO_PAYLOAD_BYTES;
        }
      }
      out.write(buffer, 0, n);
    }
  }

  private synchronized Socket keep(Socket socket) {
    sockets.add(socket);
    return socket;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    synchronized (this) {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void daemon(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException closed) {
                Thread.currentThread().interrupt();
              }
            },
            "interceptor");
    thread.setDaemon(true);
    thread.start();
  }
}
