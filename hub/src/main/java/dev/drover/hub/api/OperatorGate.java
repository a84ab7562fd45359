package dev.drover.hub.api;

import com.linecorp.armeria.common.HttpHeaderNames;
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
import dev.drover.wire.GrpcErrors;
import io.grpc.StatusRuntimeException;

/**
 * Lets only operators through, but for enrolment, which has its own proofs, and the health check,
 * which tells nothing.
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
    if (!request.path().startsWith(ENROLMENT) && !request.path().equals(HEALTH)) {
      try {
        auth.require(call, Role.VIEWER);
      } catch (DroverException refused) {
        return refuse(request, refused);
      }
    }
    return unwrap().serve(call, request);
  }

  private static HttpResponse refuse(HttpRequest request, DroverException refused) {
    MediaType type = request.contentType();
    if (type == null || !type.subtype().startsWith("grpc")) {
      return HttpResponse.of(
          HttpStatus.UNAUTHORIZED, MediaType.PLAIN_TEXT_UTF_8, refused.forPerson() + "\n");
    }
    StatusRuntimeException status = GrpcErrors.of(refused);
    return HttpResponse.of(
        ResponseHeaders.builder(HttpStatus.OK)
            .contentType(type)
            .set("grpc-status", Integer.toString(status.getStatus().getCode().value()))
            .set("grpc-message", refused.forPerson().replace("%", "%25"))
            .set("drover-code", refused.code().name())
            .set(HttpHeaderNames.CONTENT_LENGTH, "0")
            .build());
  }
}
