package dev.drover.agent.models;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Downloads over HTTP with ranges, and leaves a server that does not answer or stalls. */
final class WebFetcher implements Fetcher<ModelSource.Web> {
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(20);
  private static final int FAILURES_MAX = 3;
  private static final int BUFFER_BYTES = 1 << 17;
  private static final int LOOKS_PER_LIMIT = 40;
  private static final int OK = 200;
  private static final int PARTIAL_CONTENT = 206;

  private final HttpClient client;
  private final LongSupplier nanoTime;
  private final Duration stallLimit;

  WebFetcher(ProxySelector proxies, LongSupplier nanoTime, Duration stallLimit) {
    this.client =
        HttpClient.newBuilder()
            .version(Version.HTTP_1_1)
            .connectTimeout(CONNECT_LIMIT)
            .followRedirects(Redirect.NORMAL)
            .proxy(proxies)
            .build();
    this.nanoTime = nanoTime;
    this.stallLimit = stallLimit;
  }

  @Override
  public void fetch(ModelSource.Web source, PartialFile into) throws IOException {
    int failures = 0;
    while (!into.complete()) {
      long before = into.size();
      try {
        attempt(source, into);
        if (!into.complete()) {
          throw new IOException("the connection ended too early");
        }
      } catch (HttpConnectTimeoutException | ConnectException | UnresolvedAddressException gone) {
        throw new IOException("no connection to " + source.address().getHost(), gone);
      } catch (RefusedException refused) {
        throw refused;
      } catch (IOException broken) {
        failures = into.size() > before ? 1 : failures + 1;
        if (failures >= FAILURES_MAX) {
          throw broken;
        }
      }
    }
  }

  /** The server's answer will be the same again. */
  private static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  private void attempt(ModelSource.Web source, PartialFile into) throws IOException {
    long start = into.size();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(source.address()).timeout(ANSWER_LIMIT).GET();
    if (start > 0) {
      request.header("Range", "bytes=" + start + "-");
    }
    try {
      HttpResponse<InputStream> response =
          client.send(request.build(), BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        accept(response, start, into);
        copy(body, into);
      }
    } catch (HttpConnectTimeoutException e) {
      throw e;
    } catch (HttpTimeoutException e) {
      throw new IOException("the server does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the download was interrupted", e);
    }
  }

  private static void accept(HttpResponse<?> response, long start, PartialFile into)
      throws IOException {
    int status = response.statusCode();
    if (status == PARTIAL_CONTENT && start > 0) {
      String range = response.headers().firstValue("Content-Range").orElse("");
      if (!range.equals(
          "bytes " + start + "-" + (into.expectedBytes() - 1) + "/" + into.expectedBytes())) {
        throw new RefusedException("it has another size than the expected file");
      }
      return;
    }
    if (status != OK) {
      throw status >= 500
          ? new IOException("the server answers " + status)
          : new RefusedException("the server answers " + status);
    }
    long bytes = response.headers().firstValueAsLong("Content-Length").orElse(-1);
    if (bytes >= 0 && bytes != into.expectedBytes()) {
      throw new RefusedException(
          "it has " + bytes + " bytes and not the expected " + into.expectedBytes());
    }
    into.truncate(0);
  }

  /** Copies; the stream is closed from beside when nothing comes for too long. */
  private void copy(InputStream body, PartialFile into) throws IOException {
    AtomicLong progressNanos = new AtomicLong(nanoTime.getAsLong());
    long lookEveryMs = stallLimit.dividedBy(LOOKS_PER_LIMIT).toMillis();
    ScheduledExecutorService guard = Executors.newSingleThreadScheduledExecutor(WebFetcher::daemon);
    ScheduledFuture<?> looks =
        guard.scheduleWithFixedDelay(
            () -> closeWhereStalled(body, progressNanos.get()),
            lookEveryMs,
            lookEveryMs,
            TimeUnit.MILLISECONDS);
    try {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
        progressNanos.set(nanoTime.getAsLong());
        into.append(buffer, n);
      }
    } finally {
      looks.cancel(false);
      guard.shutdownNow();
    }
  }

  private void closeWhereStalled(InputStream body, long progressNanos) {
    if (nanoTime.getAsLong() - progressNanos > stallLimit.toNanos()) {
      try {
        body.close();
      } catch (IOException alreadyGone) {
        return;
      }
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "model-download-guard");
    thread.setDaemon(true);
    return thread;
  }
}
