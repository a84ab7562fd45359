package dev.drover.deploy.demo;

import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.HostPort;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
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

  private static final int TRIES_MORE = 2;

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

  /** Tries again, and listens longer, where a busy machine was too slow to say why it refuses. */
  private static Knock at(
      HostPort broker, SSLContext context, String clientId, List<Certificate> certificate) {
    Knock knock = once(broker, context, clientId, certificate, LISTEN_MS);
    for (int more = 1; more <= TRIES_MORE && knock.outcome() == Outcome.BROKE_OFF; more++) {
      knock = once(broker, context, clientId, certificate, LISTEN_MS << (2 * more));
    }
    return knock;
  }

  private static Knock once(
      HostPort broker,
      SSLContext context,
      String clientId,
      List<Certificate> certificate,
      int listenMs) {
    try (Socket plain = new Socket()) {
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
        return speak(socket, clientId, listenMs);
      }
    } catch (SSLException refused) {
      return ofTls(String.valueOf(refused.getMessage()));
    } catch (IOException broken) {
      return new Knock(Outcome.BROKE_OFF, broken.toString());
    }
  }

  private static Knock speak(SSLSocket socket, String clientId, int listenMs) throws IOException {
    InputStream in = socket.getInputStream();
    if (saysAnything(socket, listenMs)) {
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

  private static boolean saysAnything(SSLSocket socket, int listenMs) throws IOException {
    socket.setSoTimeout(listenMs);
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
}
