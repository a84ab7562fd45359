package dev.drover.hub.enrol;

import com.google.protobuf.ByteString;
import dev.drover.config.Config;
import dev.drover.crypto.CertificateRequest;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.KeyFiles;
import dev.drover.envelope.RenewAuth;
import dev.drover.hub.config.HubConfig;
import dev.drover.hub.core.BrokerLink;
import dev.drover.hub.core.ReleaseCatalog;
import dev.drover.hub.engine.local.EmbeddedEngine;
import dev.drover.hub.fleet.FleetParts;
import dev.drover.hub.fleet.FleetService;
import dev.drover.hub.fleet.RevokedSerials;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.machine.sim.SimTime;
import dev.drover.tlog.NoteSigner;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.EnrolRequest;
import dev.drover.v1.EnrolResponse;
import dev.drover.v1.RenewRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.Identity;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiConsumer;

/** The enrolment service over the real engine and registry, with clocks that move when told. */
final class EnrolFixture implements AutoCloseable {
  static final String TENANT = "acme";

  final SimTime time = new SimTime(1_800_000_000_000L);
  final List<Identity> cut = new ArrayList<>();
  final RevokedSerials revoked = new RevokedSerials();
  final SecureRandom random = new SecureRandom();
  final FleetService fleet;
  final EnrolGrpcService service;
  final HubKeys keys;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Engine engine;

  EnrolFixture(Path directory) {
    HubConfig config =
        Config.read(
            HubConfig.class,
            Map.of(
                "data-dir",
                directory.toString(),
                "tenant",
                TENANT,
                "certificates.life",
                "90d",
                "certificates.grace",
                "30d"));
    keys = HubKeys.open(directory.resolve("keys"), config, random, time.wall().instant());
    engine =
        EmbeddedEngine.open(
            directory.resolve("store"),
            EngineOptions.of(StoreSchema.first(), EngineLimits.hub(), time.source()));
    fleet =
        new FleetService(
            new FleetParts(
                TENANT,
                engine,
                new NoBroker(),
                new FleetParts.Keys(
                    keys.commandSeed(),
                    keys.linkSecret(),
                    NoteSigner.of(config.logOrigin(), keys.logSeed())),
                new FleetParts.Pace(100, 500),
                revoked,
                ReleaseCatalog.NONE,
                (sha256, ahead) -> {},
                () -> {},
                Runnable::run,
                timer));
    fleet.start(false);
    service =
        new EnrolGrpcService(
            config, keys, fleet, Optional::empty, List.of("mqtts://localhost:8883"), time.wall());
  }

  /** A device as it sees itself. */
  static final class Device {
    final KeyPair control;
    final KeyPair bulk;
    final byte[] auditSeed;
    final EnrolResponse answer;

    Device(KeyPair control, KeyPair bulk, byte[] auditSeed, EnrolResponse answer) {
      this.control = control;
      this.bulk = bulk;
      this.auditSeed = auditSeed;
      this.answer = answer;
    }

    X509Certificate certificate() {
      return Certificates.parse(answer.getCertificate().toByteArray());
    }

    X509Certificate bulkCertificate() {
      return Certificates.parse(answer.getBulkCertificate().toByteArray());
    }

    String serial() {
      return certificate().getSerialNumber().toString(16);
    }
  }

  /** Invites a device; the token's id and secret are made of one byte. */
  void invite(String device, int token, int ttlSeconds) {
    invite(CreateTokenRequest.newBuilder().setDevice(device).setTtlSeconds(ttlSeconds), token);
  }

  void invite(CreateTokenRequest.Builder request, int token) {
    byte[] id = bytes(16, token);
    var unused = join(fleet.registry().createToken(request.build(), id, bytes(32, token), "anna"));
  }

  EnrolRequest.Builder request(int token, KeyPair control, KeyPair bulk, byte[] auditSeed) {
    return EnrolRequest.newBuilder()
        .setTokenId(ByteString.copyFrom(bytes(16, token)))
        .setTokenSecret(ByteString.copyFrom(bytes(32, token)))
        .setCsr(ByteString.copyFrom(CertificateRequest.create(control)))
        .setBulkCsr(ByteString.copyFrom(CertificateRequest.create(bulk)))
        .setAuditKey(ByteString.copyFrom(Ed25519.publicKey(auditSeed)))
        .setIncarnation(7);
  }

  EnrolRequest.Builder request(int token) {
    return request(
        token, KeyFiles.newP256(random), KeyFiles.newP256(random), Ed25519.newSeed(random));
  }

  /** Enrols an invited device. */
  Device enrol(int token) {
    KeyPair control = KeyFiles.newP256(random);
    KeyPair bulk = KeyFiles.newP256(random);
    byte[] auditSeed = Ed25519.newSeed(random);
    EnrolResponse answer = enrol(request(token, control, bulk, auditSeed).build());
    return new Device(control, bulk, auditSeed, answer);
  }

  EnrolResponse enrol(EnrolRequest request) {
    return call(service::enrol, request);
  }

  /** A request for new keys, signed and dated now. */
  RenewRequest renewal(Device device, KeyPair control, KeyPair bulk) {
    return RenewAuth.sign(
        device.control.getPrivate(),
        RenewRequest.newBuilder()
            .setDevice(device.answer.getDevice())
            .setCsr(ByteString.copyFrom(CertificateRequest.create(control)))
            .setBulkCsr(ByteString.copyFrom(CertificateRequest.create(bulk)))
            .setCertificate(device.answer.getCertificate())
            .setTimeMs(time.wallMs())
            .build());
  }

  RenewRequest renewal(Device device) {
    return renewal(device, KeyFiles.newP256(random), KeyFiles.newP256(random));
  }

  /** Renews a device's certificates, with new keys. */
  Device renew(Device device) {
    KeyPair control = KeyFiles.newP256(random);
    KeyPair bulk = KeyFiles.newP256(random);
    return new Device(control, bulk, device.auditSeed, renew(renewal(device, control, bulk)));
  }

  EnrolResponse renew(RenewRequest request) {
    return call(service::renew, request);
  }

  void revoke(String device) {
    var unused = join(fleet.devices().revoke(device, "anna"));
  }

  static byte[] bytes(int length, int value) {
    byte[] bytes = new byte[length];
    java.util.Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  static <T> T join(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof DroverException refusal ? refusal : failed;
    }
  }

  private static <A, B> B call(BiConsumer<A, StreamObserver<B>> method, A request) {
    CompletableFuture<B> answer = new CompletableFuture<>();
    method.accept(
        request,
        new StreamObserver<>() {
          @Override
          public void onNext(B value) {
            answer.complete(value);
          }

          @Override
          public void onError(Throwable failure) {
            answer.completeExceptionally(GrpcErrors.parse((StatusRuntimeException) failure));
          }

          @Override
          public void onCompleted() {}
        });
    return join(answer);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    engine.close();
  }

  /** Notes whose connections were cut. */
  private final class NoBroker implements BrokerLink {
    @Override
    public void start(Listener listener) {}

    @Override
    public CompletionStage<Void> publish(String topic, byte[] payload, boolean retain, int qos) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<Void> disconnect(Identity identity) {
      cut.add(identity);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public Health health() {
      return new Health(true, 0, Flow.NONE, Flow.NONE);
    }

    @Override
    public void close() {}
  }
}
