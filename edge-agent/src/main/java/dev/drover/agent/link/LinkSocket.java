package dev.drover.agent.link;

import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.HostPort;
import dev.drover.wire.Limits;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A socket that speaks mutual TLS with a broker by the time it is connected, for a client that
 * believes to use plain TCP.
 *
 * <p>Tries every address of the host, checks the broker's certificate against the CA and its name
 * against the host (RFC 9525), and guards what comes in with a {@link PacketGuard}. Closing never
 * waits: it closes the TCP connection under TLS.
 */
final class LinkSocket extends Socket {
  private static final int BUFFER_BYTES = 4096;

  private final HostPort broker;
  private final @Nullable HostPort httpProxy;
  private final SSLContext context;
  private final Duration reach;
  private volatile @Nullable Socket plain;
  private volatile @Nullable SSLSocket secured;
  private volatile boolean closed;

  LinkSocket(HostPort broker, @Nullable HostPort httpProxy, SSLContext context, Duration reach) {
    this.broker = broker;
    this.httpProxy = httpProxy;
    this.context = context;
    this.reach = reach;
  }

  /** Connects to the broker of the constructor; the given address is ignored. */
  @Override
  public void connect(SocketAddress ignored, int timeoutMs) throws IOException {
    Socket tcp = connectTcp(timeoutMs);
    SSLSocket tls =
        (SSLSocket)
            context.getSocketFactory().createSocket(tcp, broker.host(), broker.port(), true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setProtocols(TlsMaterial.PROTOCOLS.toArray(String[]::new));
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    tls.setSSLParameters(parameters);
    tls.setSoTimeout(timeoutMs);
    tls.setTcpNoDelay(true);
    tls.startHandshake();
    tls.setSoTimeout(0);
    secured = tls;
  }

  @Override
  public void connect(SocketAddress ignored) throws IOException {
    connect(ignored, 0);
  }

  private Socket connectTcp(int timeoutMs) throws IOException {
    HostPort proxy = httpProxy;
    if (proxy != null) {
      Socket socket =
          new Socket(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.host(), proxy.port())));
      connectOne(
          socket, InetSocketAddress.createUnresolved(broker.host(), broker.port()), timeoutMs);
      return socket;
    }
    IOException last = new IOException("the broker's name has no address");
    for (InetAddress address : InetAddress.getAllByName(broker.host())) {
      Socket socket = new Socket();
      try {
        connectOne(socket, new InetSocketAddress(address, broker.port()), timeoutMs);
        return socket;
      } catch (IOException e) {
        socket.close();
        last = e;
      }
    }
    throw last;
  }

  private void connectOne(Socket socket, SocketAddress address, int timeoutMs) throws IOException {
    plain = socket;
    if (closed) {
      throw new SocketException("closed");
    }
    socket.connect(address, (int) Math.min(timeoutMs, reach.toMillis()));
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return new PacketGuard(
        new BufferedInputStream(tls().getInputStream(), BUFFER_BYTES), Limits.PACKET_BYTES_MAX);
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return tls().getOutputStream();
  }

  @Override
  public synchronized void setSoTimeout(int timeoutMs) throws SocketException {
    tls().setSoTimeout(timeoutMs);
  }

  @Override
  public synchronized int getSoTimeout() throws SocketException {
    return tls().getSoTimeout();
  }

  @Override
  public void shutdownInput() {
    // Paho does so before each close, which follows at once.
  }

  @Override
  public boolean isConnected() {
    return secured != null;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    Socket socket = plain;
    if (socket != null) {
      socket.close();
    }
  }

  private SSLSocket tls() throws SocketException {
    SSLSocket tls = secured;
    if (tls == null) {
      throw new SocketException("not connected");
    }
    return tls;
  }
}
