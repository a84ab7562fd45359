package dev.drover.hub.api;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.AbstractHttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.drover.hub.fleet.AuditService;
import dev.drover.tlog.TileId;
import dev.drover.wire.DroverException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The audit log over HTTP as C2SP tlog-tiles lays it out: {@code checkpoint}, {@code tile/<L>/<N>}
 * and {@code tile/entries/<N>}, also partial ones. Reads on a pool for blocking work.
 */
public final class LogService extends AbstractHttpService {
  private static final String CHECKPOINT = "checkpoint";

  private final AuditService audit;

  /** Makes the service over a log. */
  public LogService(AuditService audit) {
    this.audit = audit;
  }

  @Override
  protected HttpResponse doGet(ServiceRequestContext call, HttpRequest request) {
    String path = call.mappedPath().substring(1);
    return HttpResponse.of(
        CompletableFuture.supplyAsync(() -> respond(path), call.blockingTaskExecutor()));
  }

  private HttpResponse respond(String path) {
    if (path.equals(CHECKPOINT)) {
      return answer(audit.checkpoint(), MediaType.PLAIN_TEXT_UTF_8, "no-cache");
    }
    try {
      TileId id = TileId.parse(path);
      return answer(audit.tile(id), MediaType.OCTET_STREAM, "max-age=31536000, immutable");
    } catch (DroverException notOne) {
      return HttpResponse.of(HttpStatus.NOT_FOUND);
    }
  }

  private static HttpResponse answer(Optional<byte[]> bytes, MediaType type, String caching) {
    return bytes
        .map(
            found ->
                HttpResponse.of(
                    ResponseHeaders.of(
                        HttpStatus.OK,
                        HttpHeaderNames.CONTENT_TYPE,
                        type,
                        HttpHeaderNames.CACHE_CONTROL,
                        caching),
                    HttpData.wrap(found)))
        .orElseGet(() -> HttpResponse.of(HttpStatus.NOT_FOUND));
  }
}
