package dev.drover.agent.models;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;

/** A web server with one file and many faults, on the loopback interface. */
final class TestWebServer implements AutoCloseable {
  private final byte[] content;
  private final LongSupplier arrived;
  private final HttpServer server;
  private final ExecutorService workers = Executors.newCachedThreadPool();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final CountDownLatch released = new CountDownLatch(1);
  private volatile int breakAfter = Integer.MAX_VALUE;
  private volatile int endAt = Integer.MAX_VALUE;
  private volatile int stallAt = Integer.MAX_VALUE;
  private volatile boolean ranges = true;

  /**
   * Starts the server.
   *
   * @param arrived how much of the file the client has kept: a connection breaks only after the
   *     client has all that was sent on it, because what is on the way may be lost with it
   */
  TestWebServer(byte[] content, LongSupplier arrived) throws IOException {
    this.content = content;
    this.arrived = arrived;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(workers);
    server.createContext("/model", this::serve);
    server.createContext("/moved", exchange -> answer(exchange, 302, "/model"));
    server.createContext("/gone", exchange -> answer(exchange, 404, null));
    server.createContext("/larger", this::serveLarger);
    server.start();
  }

  ModelSource.Web source(String path) {
    return new ModelSource.Web(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path));
  }

  /** Returns the range asked for by each request for the file, empty for none. */
  List<String> requests() {
    return List.copyOf(requests);
  }

  void breakAfter(int bytes) {
    breakAfter = bytes;
  }

  void breakForGoodAt(int position) {
    endAt = position;
  }

  void stallAt(int position) {
    stallAt = position;
  }

  void release() {
    released.countDown();
  }

  void ignoreRanges() {
    ranges = false;
  }

  private void serve(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    requests.add(range == null ? "" : range);
    int start = range == null || !ranges ? 0 : Integer.parseInt(range.replaceAll("[^0-9]", ""));
    if (start > 0) {
      exchange
          .getResponseHeaders()
          .set(
              "Content-Range",
              "bytes " + start + "-" + (content.length - 1) + "/" + content.length);
    }
    exchange.sendResponseHeaders(start > 0 ? 206 : 200, content.length - start);
    int end =
        Math.min(content.length, Math.min(endAt, start + Math.min(breakAfter, content.length)));
    OutputStream out = exchange.getResponseBody();
    out.write(content, start, Math.max(0, Math.min(end, stallAt) - start));
    out.flush();
    if (end > stallAt) {
      try {
        released.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    } else if (end < content.length) {
      Awaitility.await().until(() -> arrived.getAsLong() >= end);
    }
    exchange.close();
  }

  private void serveLarger(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, content.length + 1L);
    exchange.close();
  }

  private static void answer(
      HttpExchange exchange, int status, @org.jspecify.annotations.Nullable String location)
      throws IOException {
    if (location != null) {
      exchange.getResponseHeaders().set("Location", location);
    }
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  @Override
  public void close() {
    release();
    server.stop(0);
    workers.shutdownNow();
  }
}
