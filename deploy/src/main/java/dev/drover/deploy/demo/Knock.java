package dev.drover.deploy.demo;

import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.HostPort;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/**
 * What a broker says to a client that knocks: TLS, then the CONNECT of MQTT 5 by hand, so that a
 * refusal can be told from a connection that merely broke.
 *
 * @param outcome what became of it
 * @param words the broker's own: a reason code, an alert, or how the connection ended
 */
record Knock(Outcome outcome, String words) {
  /** What becomes of a client. */
  enum Outcome {
    /** A CONNACK that says so. */
    LET_IN,
    /** A CONNACK with a reason against it. */
    REFUSED_BY_MQTT,
    /** A fatal alert before any MQTT. */
    REFUSED_BY_TLS,
    /** The broker gave no reason, so nobody knows whether it refused. */
    BROKE_OFF
  }

  private static final int WAIT_MS = 20_000;

  /** How long a client listens before it speaks: TLS 1.3 refuses after the handshake. */
  private static final int LISTEN_MS = 500;

  private static final int CONNECT = 0x10;
  private static final int CONNACK = 0x20;
  private static final byte[] DISCONNECT = {(byte) 0xe0, 0};
  private static final String ALERT = "fatal alert: ";

  /** Knocks with a certificate under a client id. */
  static Knock with(TlsMaterial tls, HostPort broker, String clientId, Instant now) {
    KeyManager[] keys = {new InsistentKey(tls)};
    return at(broker, context(keys, tls, now), clientId, List.of(tls.certificate()));
  }

  /** Knocks without a certificate; the broker is trusted as the material says. */
  static Knock anonymous(TlsMaterial trusting, HostPort broker, String clientId, Instant now) {
    return at(broker, context(new KeyManager[0], trusting, now), clientId, List.of());
  }

  private static SSLContext context(KeyManager[] keys, TlsMaterial trusting, Instant now) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trusting.trustManagers(now).getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException everyJdkHasTls) {
      throw new IllegalStateException(everyJdkHasTls);
    }
  }

  private static Knock at(
      HostPort broker, SSLContext context, String clientId, List<Certificate> certificate) {
    try (Socket plain = new ListeningSocket()) {
      plain.connect(new InetSocketAddress(broker.host(), broker.port()), WAIT_MS);
      plain.setSoTimeout(WAIT_MS);
      try (SSLSocket socket =
          (SSLSocket)
              context.getSocketFactory().createSocket(plain, broker.host(), broker.port(), true)) {
        socket.startHandshake();
        Certificate[] shown = socket.getSession().getLocalCertificates();
        if (!certificate.equals(shown == null ? List.of() : List.of(shown))) {
          return new Knock(Outcome.BROKE_OFF, "The certificate was not shown.");
        }
        return speak(socket, clientId);
      }
    } catch (SSLException refused) {
      return ofTls(String.valueOf(refused.getMessage()));
    } catch (IOException broken) {
      return new Knock(Outcome.BROKE_OFF, broken.toString());
    }
  }

  private static Knock speak(SSLSocket socket, String clientId) throws IOException {
    InputStream in = socket.getInputStream();
    if (saysAnything(socket)) {
      return new Knock(Outcome.BROKE_OFF, "The broker spoke or closed before it was spoken to.");
    }
    socket.setSoTimeout(WAIT_MS);
    socket.getOutputStream().write(connect(clientId));
    // Type, length, flags, reason.
    byte[] answer = in.readNBytes(4);
    if (answer.length < 4 || answer[0] != CONNACK) {
      return new Knock(Outcome.BROKE_OFF, "No CONNACK came.");
    }
    int code = answer[3] & 0xff;
    String reason = String.valueOf(Mqtt5ConnAckReasonCode.fromCode(code));
    if (code != Mqtt5ConnAckReasonCode.SUCCESS.getCode()) {
      return new Knock(Outcome.REFUSED_BY_MQTT, reason);
    }
    socket.getOutputStream().write(DISCONNECT);
    return new Knock(Outcome.LET_IN, reason);
  }

  private static boolean saysAnything(SSLSocket socket) throws IOException {
    socket.setSoTimeout(LISTEN_MS);
    try {
      var unused = socket.getInputStream().read();
      return true;
    } catch (SocketTimeoutException silent) {
      return false;
    }
  }

  private static Knock ofTls(String message) {
    int alert = message.indexOf(ALERT);
    return alert < 0
        ? new Knock(Outcome.BROKE_OFF, message)
        : new Knock(Outcome.REFUSED_BY_TLS, message.substring(alert + ALERT.length()));
  }

  /** Protocol name and version, a clean start, a minute of keep-alive, no properties, the id. */
  private static byte[] connect(String clientId) {
    byte[] id = clientId.getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(new byte[] {0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 60, 0, 0, (byte) id.length});
    body.writeBytes(id);
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(CONNECT);
    packet.write(body.size());
    packet.writeBytes(body.toByteArray());
    return packet.toByteArray();
  }

  /**
   * Hears what was said even where it can say no more: a broker that refuses a certificate sends
   * its alert and closes while the rest of the client's handshake is still to be written, and a
   * failed write would hide the alert that has come.
   */
  private static final class ListeningSocket extends Socket {
    @Override
    public OutputStream getOutputStream() throws IOException {
      return new FilterOutputStream(super.getOutputStream()) {
        @Override
        public void write(byte[] bytes, int offset, int length) {
          try {
            out.write(bytes, offset, length);
          } catch (IOException nobodyReads) {
            // What is read next says why.
          }
        }
      };
    }
  }
}
