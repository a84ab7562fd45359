package dev.drover.hub.enrol;

import com.google.protobuf.ByteString;
import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.CertificateRequest;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Hashes;
import dev.drover.envelope.CommandAuth;
import dev.drover.envelope.EventAuth;
import dev.drover.envelope.RenewAuth;
import dev.drover.hub.config.HubConfig;
import dev.drover.hub.fleet.FleetService;
import dev.drover.hub.v1.Credentials;
import dev.drover.v1.Command;
import dev.drover.v1.CommandEnvelope;
import dev.drover.v1.EnrolRequest;
import dev.drover.v1.EnrolResponse;
import dev.drover.v1.EnrolServiceGrpc;
import dev.drover.v1.RenewRequest;
import dev.drover.v1.TimeAnswer;
import dev.drover.wire.DroverException;
import dev.drover.wire.EgressGuard;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.Identity;
import io.grpc.stub.StreamObserver;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Turns a one-time token into certificates, and certificates that end into new ones. The only calls
 * that are open to a peer without an operator's certificate, so each proves itself.
 */
public final class EnrolGrpcService extends EnrolServiceGrpc.EnrolServiceImplBase {
  private static final Duration RENEWAL_CLOCK_SKEW = Duration.ofDays(2);
  private static final int NONCE_BYTES = 16;
  private static final long TIME_LIFE_MS = 60_000;

  private final HubConfig config;
  private final HubKeys keys;
  private final FleetService fleet;
  private final Supplier<Optional<byte[]>> releaseRoot;
  private final List<String> brokers;
  private final InstantSource clock;

  /**
   * Makes the service.
   *
   * @param releaseRoot the first version of the release root, if one was published
   * @param brokers {@code mqtts://host:port}, in the order in which devices try them
   */
  public EnrolGrpcService(
      HubConfig config,
      HubKeys keys,
      FleetService fleet,
      Supplier<Optional<byte[]>> releaseRoot,
      List<String> brokers,
      InstantSource clock) {
    this.config = config;
    this.keys = keys;
    this.fleet = fleet;
    this.releaseRoot = releaseRoot;
    this.brokers = List.copyOf(brokers);
    this.clock = clock;
  }

  @Override
  public void enrol(EnrolRequest request, StreamObserver<EnrolResponse> answer) {
    finish(answer, () -> enrol(request));
  }

  @Override
  public void renew(RenewRequest request, StreamObserver<EnrolResponse> answer) {
    finish(answer, () -> renew(request));
  }

  private static void finish(
      StreamObserver<EnrolResponse> answer, Supplier<CompletionStage<EnrolResponse>> call) {
    CompletionStage<EnrolResponse> stage;
    try {
      stage = call.get();
    } catch (RuntimeException refused) {
      answer.onError(GrpcErrors.of(refused));
      return;
    }
    stage.whenComplete(
        (response, failure) -> {
          if (failure == null) {
            answer.onNext(response);
            answer.onCompleted();
          } else {
            Throwable cause = failure.getCause();
            answer.onError(
                GrpcErrors.of(
                    cause != null && failure instanceof CompletionException ? cause : failure));
          }
        });
  }

  private CompletionStage<EnrolResponse> enrol(EnrolRequest request) {
    EgressGuard.checkReceived(request);
    if (request.getAuditKey().size() != Ed25519.KEY_BYTES) {
      throw new DroverException(ErrorCode.MESSAGE_MALFORMED, "The audit key has a wrong length.");
    }
    PublicKey control = CertificateRequest.parse(request.getCsr().toByteArray());
    PublicKey bulk = CertificateRequest.parse(request.getBulkCsr().toByteArray());
    byte[] requestSha256 = Hashes.sha256(request.toByteArray());
    return fleet
        .registry()
        .redeemToken(
            request.getTokenId().toByteArray(),
            request.getTokenSecret().toByteArray(),
            requestSha256)
        .thenCompose(
            token -> {
              Issued issued = issue(token.device(), control, bulk);
              Credentials credentials =
                  issued.credentials.toBuilder().setAuditKey(request.getAuditKey()).build();
              return fleet
                  .devices()
                  .enrol(token.device(), credentials, request.getIncarnation(), requestSha256)
                  .thenApply(device -> issued.response);
            });
  }

  private CompletionStage<EnrolResponse> renew(RenewRequest request) {
    EgressGuard.checkReceived(request);
    X509Certificate present = Certificates.parse(request.getCertificate().toByteArray());
    Identity identity = Certificates.requireIssuedBy(keys.authority().certificate(), present);
    boolean ours =
        identity.role() == Identity.Role.DEVICE
            && identity.tenant().equals(config.tenant())
            && identity.name().equals(request.getDevice());
    if (!ours) {
      throw new DroverException(ErrorCode.UNAUTHENTICATED, "The certificate is not this device's.");
    }
    RenewAuth.check(present.getPublicKey(), request);
    Credentials known =
        fleet
            .devices()
            .credentials(identity.name())
            .orElseThrow(
                () ->
                    new DroverException(
                        ErrorCode.CERTIFICATE_REVOKED, "This device is not enrolled any more."));
    String serial = present.getSerialNumber().toString(16);
    boolean current = serial.equals(known.getSerial()) || serial.equals(known.getPreviousSerial());
    if (!current || fleet.registry().isRevoked(serial)) {
      throw new DroverException(
          ErrorCode.CERTIFICATE_REVOKED, "This certificate was replaced or revoked.");
    }
    requireInGrace(present);
    if (!timely(request)) {
      return CompletableFuture.completedFuture(time(request));
    }
    Issued issued =
        issue(
            identity.name(),
            CertificateRequest.parse(request.getCsr().toByteArray()),
            CertificateRequest.parse(request.getBulkCsr().toByteArray()));
    Credentials credentials =
        issued.credentials.toBuilder().setAuditKey(known.getAuditKey()).build();
    return fleet
        .devices()
        .renew(identity.name(), credentials, serial, Hashes.sha256(request.toByteArray()))
        .thenApply(device -> issued.response);
  }

  /** Returns whether the device's clock is near ours, so that an old request cannot come again. */
  private boolean timely(RenewRequest request) {
    Duration off = Duration.between(Instant.ofEpochMilli(request.getTimeMs()), clock.instant());
    return off.abs().compareTo(RENEWAL_CLOCK_SKEW) <= 0;
  }

  /** Tells the time to a device that proved who it is and asked with a fresh number. */
  private EnrolResponse time(RenewRequest request) {
    if (request.getNonce().size() != NONCE_BYTES) {
      throw new DroverException(
          ErrorCode.CLOCK_UNTRUSTED, "The request's time is days away from the hub's.");
    }
    long nowMs = clock.millis();
    Command command =
        Command.newBuilder()
            .setTenant(config.tenant())
            .setDevice(request.getDevice())
            .setIssuedMs(nowMs)
            .setExpiresMs(nowMs + TIME_LIFE_MS)
            .setTime(TimeAnswer.newBuilder().setNonce(request.getNonce()).setTimeMs(nowMs))
            .build();
    CommandEnvelope signed = CommandAuth.sign(keys.commandSeed(), List.of(command)).get(0);
    return EnrolResponse.newBuilder().setTime(signed.toByteString()).build();
  }

  private void requireInGrace(X509Certificate present) {
    Instant end = present.getNotAfter().toInstant().plus(config.certificatesGrace());
    if (clock.instant().isAfter(end)) {
      throw new DroverException(
          ErrorCode.CERTIFICATE_EXPIRED, "The certificate ended longer ago than the hub forgives.");
    }
  }

  private record Issued(Credentials credentials, EnrolResponse response) {}

  private Issued issue(String device, PublicKey controlKey, PublicKey bulkKey) {
    CertificateAuthority authority = keys.authority();
    Instant now = clock.instant();
    X509Certificate control =
        authority.issueClient(
            Identity.device(config.tenant(), device), controlKey, now, config.certificatesLife());
    X509Certificate bulk =
        authority.issueClient(
            Identity.bulk(config.tenant(), device), bulkKey, now, config.certificatesLife());
    String serial = control.getSerialNumber().toString(16);
    byte[] linkKey = EventAuth.linkKey(keys.linkSecret(), config.tenant(), device, serial);
    Credentials credentials =
        Credentials.newBuilder()
            .setSerial(serial)
            .setBulkSerial(bulk.getSerialNumber().toString(16))
            .setExpiresMs(control.getNotAfter().toInstant().toEpochMilli())
            .setCertificate(der(control))
            .build();
    EnrolResponse.Builder response =
        EnrolResponse.newBuilder()
            .setTenant(config.tenant())
            .setDevice(device)
            .setCertificate(der(control))
            .setBulkCertificate(der(bulk))
            .addCaChain(der(authority.certificate()))
            .setHubKey(ByteString.copyFrom(Ed25519.publicKey(keys.commandSeed())))
            .setLinkKey(ByteString.copyFrom(linkKey))
            .addAllBrokers(brokers)
            .setLogOrigin(config.logOrigin());
    releaseRoot.get().ifPresent(root -> response.setReleaseRoot(ByteString.copyFrom(root)));
    return new Issued(credentials, response.build());
  }

  private static ByteString der(X509Certificate certificate) {
    return ByteString.copyFrom(Certificates.der(certificate));
  }
}
