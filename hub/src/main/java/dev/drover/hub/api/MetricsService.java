package dev.drover.hub.api;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.AbstractHttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** The hub's meters as Prometheus reads them. Reads on a pool for blocking work. */
final class MetricsService extends AbstractHttpService {
  private static final MediaType TEXT = MediaType.parse("text/plain; version=0.0.4; charset=utf-8");

  private final Supplier<String> scrape;

  MetricsService(Supplier<String> scrape) {
    this.scrape = scrape;
  }

  @Override
  protected HttpResponse doGet(ServiceRequestContext call, HttpRequest request) {
    return HttpResponse.of(
        CompletableFuture.supplyAsync(
            () -> HttpResponse.of(HttpStatus.OK, TEXT, scrape.get()), call.blockingTaskExecutor()));
  }
}
