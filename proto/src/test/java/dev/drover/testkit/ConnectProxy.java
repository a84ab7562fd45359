package dev.drover.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An HTTP proxy on loopback that knows CONNECT only and notes where it was asked to connect.
 * Thread-safe.
 */
public final class ConnectProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final List<Socket> sockets = new ArrayList<>();
  private final List<String> asked = new ArrayList<>();

  /** Starts one on a free port. */
  public ConnectProxy() throws IOException {
    listener = new ServerSocket(0, 10, InetAddress.getByName("127.0.0.1"));
    daemon(this::accept);
  }

  /** Returns where it listens. */
  public int port() {
    return listener.getLocalPort();
  }

  /** Returns where it was asked to connect, in order, {@code host:port} each. */
  public synchronized List<String> asked() {
    return List.copyOf(asked);
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

  private void accept() throws IOException {
    while (!listener.isClosed()) {
      Socket client = keep(listener.accept());
      daemon(() -> serve(client));
    }
  }

  private void serve(Socket client) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) client.getInputStream().read());
    }
    String target = head.substring("CONNECT ".length(), head.indexOf(" HTTP/"));
    synchronized (this) {
      asked.add(target);
    }
    int colon = target.lastIndexOf(':');
    Socket server =
        keep(new Socket(target.substring(0, colon), Integer.parseInt(target.substring(colon + 1))));
    client.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    daemon(() -> pump(server, client));
    pump(client, server);
  }

  private static void pump(Socket from, Socket to) throws IOException {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      in.transferTo(to.getOutputStream());
    }
  }

  private synchronized Socket keep(Socket socket) {
    sockets.add(socket);
    return socket;
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
            "connect-proxy");
    thread.setDaemon(true);
    thread.start();
  }
}
