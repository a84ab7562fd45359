package dev.drover.hub.link;

import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.HostPort;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** MQTT 5 packets by hand, for what a client library refuses to send. */
final class RawMqtt implements AutoCloseable {
  private final Socket socket;
  private boolean broken;

  RawMqtt(HostPort broker, SSLContext context) throws IOException {
    Socket plain = new Socket();
    plain.connect(new InetSocketAddress(broker.host(), broker.port()), 10_000);
    SSLSocket secured =
        (SSLSocket)
            context.getSocketFactory().createSocket(plain, broker.host(), broker.port(), true);
    secured.setSoTimeout(20_000);
    secured.startHandshake();
    socket = secured;
  }

  static RawMqtt connected(HostPort broker, TlsMaterial material, String clientId)
      throws IOException {
    RawMqtt raw =
        new RawMqtt(broker, material.sslContext(material.certificate().getNotBefore().toInstant()));
    raw.connect(clientId);
    return raw;
  }

  /** Sends CONNECT and returns the reason code of the CONNACK; -1 if the broker closes instead. */
  int connect(String clientId) throws IOException {
    byte[] id = clientId.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(new byte[] {0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 60, 0, 0, (byte) id.length});
    body.writeBytes(id);
    send(0x10, body.toByteArray(), body.size());
    int type = socket.getInputStream().read();
    if (type != 0x20) {
      return -1;
    }
    socket.getInputStream().read();
    socket.getInputStream().read();
    return socket.getInputStream().read();
  }

  /** Sends a QoS 0 PUBLISH as far as the broker takes it. */
  void publish(String topic, int payloadBytes) {
    byte[] name = topic.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(name.length >> 8);
    body.write(name.length);
    body.writeBytes(name);
    body.write(0);
    body.writeBytes(new byte[payloadBytes]);
    try {
      send(0x30, body.toByteArray(), body.size());
    } catch (IOException closedBefore) {
      broken = true;
    }
  }

  /** Returns whether the broker closes the connection, reading whatever comes before. */
  boolean closedByBroker() {
    if (broken) {
      return true;
    }
    try {
      int read = 0;
      while (read >= 0) {
        read = socket.getInputStream().read();
      }
      return true;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  /** Breaks the connection without a DISCONNECT. */
  @Override
  public void close() throws IOException {
    socket.close();
  }

  private void send(int type, byte[] body, int length) throws IOException {
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(type);
    int rest = length;
    do {
      int digit = rest % 128;
      rest /= 128;
      packet.write(rest > 0 ? digit | 0x80 : digit);
    } while (rest > 0);
    packet.writeBytes(body);
    socket.getOutputStream().write(packet.toByteArray());
    socket.getOutputStream().flush();
  }
}
