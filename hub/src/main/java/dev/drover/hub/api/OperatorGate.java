package dev.drover.hub.api;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import dev.drover.v1.EnrolServiceGrpc;
import dev.drover.v1.Role;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Lets only operators through, but for enrolment, which has its own proofs, and the health check,
 * which tells nothing. The registry is asked on a pool for blocking work.
 */
final class OperatorGate extends SimpleDecoratingHttpService {
  private static final String ENROLMENT = "/" + EnrolServiceGrpc.SERVICE_NAME + "/";
  private static final String HEALTH = "/healthz";

  private final OperatorAuth auth;

  OperatorGate(HttpService delegate, OperatorAuth auth) {
    super(delegate);
    this.auth = auth;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext call, HttpRequest request) throws Exception {
    // The path by which the call was routed, not the one that was written in the request.
    if (call.path().startsWith(ENROLMENT) || call.path().equals(HEALTH)) {
      return unwrap().serve(call, request);
    }
    return HttpResponse.of(
        CompletableFuture.runAsync(
                () -> auth.require(call, Role.VIEWER), call.blockingTaskExecutor())
            .handleAsync(
                (done, refused) ->
                    refused == null ? pass(call, request) : refuse(request, cause(refused)),
                call.eventLoop()));
  }

  private HttpResponse pass(ServiceRequestContext call, HttpRequest request) {
    try {
      return unwrap().serve(call, request);
    } catch (Exception failed) {
      return HttpResponse.ofFailure(failed);
    }
  }

  private static DroverException cause(Throwable refused) {
    Throwable cause =
        refused instanceof CompletionException && refused.getCause() != null
            ? refused.getCause()
            : refused;
    return cause instanceof DroverException known
        ? known
        : new DroverException(ErrorCode.INTERNAL, "The caller could not be checked.", cause);
  }

  private static HttpResponse refuse(HttpRequest request, DroverException refused) {
    @Nullable MediaType type = request.contentType();
    if (type == null || !type.subtype().startsWith("grpc")) {
      boolean unknown = refused.code() == ErrorCode.UNAUTHENTICATED;
      return HttpResponse.of(
          unknown ? HttpStatus.UNAUTHORIZED : HttpStatus.SERVICE_UNAVAILABLE,
          MediaType.PLAIN_TEXT_UTF_8,
          refused.forPerson() + "\n");
    }
    HttpHeaders status =
        HttpHeaders.of(
            "grpc-status",
            Integer.toString(GrpcErrors.of(refused).getStatus().getCode().value()),
            "grpc-message",
            refused.forPerson().replace("%", "%25"),
            "drover-code",
            refused.code().name());
    ResponseHeaders headers = ResponseHeaders.of(HttpStatus.OK, HttpHeaderNames.CONTENT_TYPE, type);
    // A browser sees no trailers; to others a stream may end with nothing else.
    return type.subtype().startsWith("grpc-web")
        ? HttpResponse.of(headers.toBuilder().add(status).contentLength(0).build())
        : HttpResponse.of(headers, HttpData.empty(), status);
  }
}
