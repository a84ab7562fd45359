package dev.drover.hub.api;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestContext;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.grpc.UnframedGrpcErrorHandler;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.Limits;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Gives the refusals of the HTTP server itself a code and a next step. */
final class HttpErrors implements ServerErrorHandler {
  private static final String TOO_LARGE = "Frame size ";

  /** A refusal as JSON, with the words as they were. */
  static final UnframedGrpcErrorHandler JSON =
      (call, status, response) ->
          UnframedGrpcErrorHandler.ofJson().handle(call, unescaped(status), response);

  /** On its way here a message was percent-encoded, for a header (gRPC over HTTP/2, Responses). */
  private static Status unescaped(Status status) {
    String words = status.getDescription();
    return words == null
        ? status
        // A decoder of forms; a plus stands for itself here.
        : status.withDescription(
            URLDecoder.decode(words.replace("+", "%2B"), StandardCharsets.UTF_8));
  }

  /** Gives a call's refusal by the framework, of a message that is too large, the same. */
  static Status ofCall(RequestContext call, Status status, Throwable cause, Metadata trailers) {
    String text = String.valueOf(status.getDescription());
    if (status.getCode() != Status.Code.RESOURCE_EXHAUSTED || !text.contains(TOO_LARGE)) {
      return status;
    }
    StatusRuntimeException refusal =
        GrpcErrors.of(
            new DroverException(
                ErrorCode.LIMIT_EXCEEDED,
                "A message has at most " + Limits.GRPC_MESSAGE_BYTES_MAX + " bytes."));
    Metadata more = refusal.getTrailers();
    if (more != null) {
      trailers.merge(more);
    }
    return refusal.getStatus();
  }

  @Override
  public @Nullable HttpResponse onServiceException(ServiceRequestContext call, Throwable cause) {
    return null;
  }

  @Override
  public @Nullable AggregatedHttpResponse renderStatus(
      @Nullable ServiceRequestContext call,
      ServiceConfig config,
      @Nullable RequestHeaders headers,
      HttpStatus status,
      @Nullable String description,
      @Nullable Throwable cause) {
    if (status.equals(HttpStatus.REQUEST_ENTITY_TOO_LARGE)) {
      DroverException refusal =
          new DroverException(
              ErrorCode.LIMIT_EXCEEDED,
              "A request has at most " + HubServer.HTTP_BYTES_MAX + " bytes.");
      return AggregatedHttpResponse.of(
          status, MediaType.PLAIN_TEXT_UTF_8, refusal.forPerson() + "\n");
    }
    return null;
  }
}
