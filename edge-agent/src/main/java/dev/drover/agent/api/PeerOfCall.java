package dev.drover.agent.api;

import dev.drover.crypto.Certificates;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** Puts the fingerprint of the neighbour's certificate into the call's context. */
final class PeerOfCall implements ServerInterceptor {
  @Override
  public <A, B> ServerCall.Listener<A> interceptCall(
      ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    try {
      if (session != null && session.getPeerCertificates()[0] instanceof X509Certificate peer) {
        Context context =
            Context.current().withValue(PeerTrust.PEER, Certificates.fingerprint(peer));
        return Contexts.interceptCall(context, call, headers, next);
      }
    } catch (SSLPeerUnverifiedException nobody) {
      call.close(Status.UNAUTHENTICATED.withCause(nobody), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    call.close(Status.UNAUTHENTICATED, new Metadata());
    return new ServerCall.Listener<>() {};
  }
}
