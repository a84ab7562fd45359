package dev.drover.agent.identity;

import com.google.protobuf.ByteString;
import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.CertificateRequest;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.KeyFiles;
import dev.drover.envelope.CommandAuth;
import dev.drover.envelope.RenewAuth;
import dev.drover.v1.Command;
import dev.drover.v1.CommandEnvelope;
import dev.drover.v1.EnrolRequest;
import dev.drover.v1.EnrolResponse;
import dev.drover.v1.EnrolServiceGrpc;
import dev.drover.v1.RenewRequest;
import dev.drover.v1.TimeAnswer;
import dev.drover.wire.DroverException;
import dev.drover.wire.EnrolmentToken;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.Identity;
import io.grpc.Server;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** An enrolment service over real TLS, with a CA of its own. */
final class FakeHub extends EnrolServiceGrpc.EnrolServiceImplBase implements AutoCloseable {
  /** Of the certificates that it issues to devices. */
  static final Duration LIFE = Duration.ofDays(30);

  static final byte[] ROOT = "root document".getBytes(StandardCharsets.UTF_8);

  final SecureRandom random = new SecureRandom();
  volatile Instant now = Instant.parse("2026-11-21T09:00:00Z");
  final CertificateAuthority authority = CertificateAuthority.create("default", random, now);
  final AtomicInteger renewals = new AtomicInteger();

  /** How often it was sent the secret of a token. */
  final AtomicInteger secrets = new AtomicInteger();

  /** How often it was asked to renew, whatever it answered. */
  final AtomicInteger asked = new AtomicInteger();

  /** Whether it answers with a time that it told somebody else. */
  volatile boolean replayed;

  private final Server server;

  FakeHub() throws IOException {
    this(Identity.api("default"));
  }

  /** Answers with a certificate of its CA that is somebody's. */
  FakeHub(Identity whose) throws IOException {
    KeyPair pair = KeyFiles.newP256(random);
    Duration life = Duration.ofDays(397);
    X509Certificate certificate =
        whose.role() == Identity.Role.SERVER
            ? authority.issueServer(whose, pair.getPublic(), now, life, List.of("127.0.0.1"))
            : authority.issueClient(whose, pair.getPublic(), now, life);
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sslContext(
                GrpcSslContexts.configure(
                        SslContextBuilder.forServer(
                            pair.getPrivate(), certificate, authority.certificate()))
                    .clientAuth(ClientAuth.OPTIONAL)
                    .trustManager(authority.certificate())
                    .build())
            .addService(this)
            .build()
            .start();
  }

  String address() {
    return "127.0.0.1:" + server.getPort();
  }

  EnrolmentToken token(String caSha256, String rootSha256) {
    return new EnrolmentToken(
        List.of("127.0.0.1:1", address()),
        caSha256,
        rootSha256,
        new byte[16],
        new byte[32],
        "dev-1",
        "default");
  }

  @Override
  public void enrol(EnrolRequest request, StreamObserver<EnrolResponse> observer) {
    secrets.incrementAndGet();
    if (request.getTokenSecret().byteAt(0) != 0) {
      observer.onError(GrpcErrors.of(new DroverException(ErrorCode.TOKEN_EXPIRED, "Too old.")));
      return;
    }
    answer(request.getCsr(), request.getBulkCsr(), observer);
  }

  @Override
  public void renew(RenewRequest request, StreamObserver<EnrolResponse> observer) {
    asked.incrementAndGet();
    X509Certificate shown = Certificates.parse(request.getCertificate().toByteArray());
    RenewAuth.check(shown.getPublicKey(), request);
    if (Math.abs(request.getTimeMs() - now.toEpochMilli()) > Duration.ofDays(2).toMillis()) {
      observer.onNext(time(request));
      observer.onCompleted();
      return;
    }
    renewals.incrementAndGet();
    answer(request.getCsr(), request.getBulkCsr(), observer);
  }

  private EnrolResponse time(RenewRequest request) {
    ByteString nonce = replayed ? ByteString.copyFrom(new byte[16]) : request.getNonce();
    Command command =
        Command.newBuilder()
            .setTenant("default")
            .setDevice("dev-1")
            .setTime(TimeAnswer.newBuilder().setNonce(nonce).setTimeMs(now.toEpochMilli()))
            .build();
    CommandEnvelope signed = CommandAuth.sign(new byte[32], List.of(command)).get(0);
    return EnrolResponse.newBuilder().setTime(signed.toByteString()).build();
  }

  private void answer(ByteString csr, ByteString bulk, StreamObserver<EnrolResponse> observer) {
    Identity device = Identity.device("default", "dev-1");
    observer.onNext(
        EnrolResponse.newBuilder()
            .setTenant("default")
            .setDevice("dev-1")
            .setCertificate(issue(device, csr))
            .setBulkCertificate(issue(Identity.bulk("default", "dev-1"), bulk))
            .addCaChain(ByteString.copyFrom(Certificates.der(authority.certificate())))
            .setHubKey(ByteString.copyFrom(Ed25519.publicKey(new byte[32])))
            .setLinkKey(ByteString.copyFrom(new byte[32]))
            .addBrokers("mqtts://127.0.0.1:8883")
            .setReleaseRoot(ByteString.copyFrom(ROOT))
            .setLogOrigin("log.example")
            .build());
    observer.onCompleted();
  }

  private ByteString issue(Identity identity, ByteString csr) {
    return ByteString.copyFrom(
        Certificates.der(
            authority.issueClient(
                identity, CertificateRequest.parse(csr.toByteArray()), now, LIFE)));
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
