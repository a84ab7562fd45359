package dev.drover.hub;

import com.google.protobuf.ByteString;
import dev.drover.crypto.CertificateRequest;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.KeyFiles;
import dev.drover.hub.api.HubFacts;
import dev.drover.hub.api.HubGrpcService;
import dev.drover.hub.api.HubServer;
import dev.drover.hub.api.LogService;
import dev.drover.hub.api.OperatorAuth;
import dev.drover.hub.config.HubConfig;
import dev.drover.hub.core.BrokerLink;
import dev.drover.hub.engine.local.EmbeddedEngine;
import dev.drover.hub.enrol.EnrolGrpcService;
import dev.drover.hub.enrol.HubKeys;
import dev.drover.hub.enrol.OperatorCertificates;
import dev.drover.hub.enrol.OperatorCredentials;
import dev.drover.hub.fleet.FleetParts;
import dev.drover.hub.fleet.FleetService;
import dev.drover.hub.fleet.RevokedSerials;
import dev.drover.hub.metrics.HubMetrics;
import dev.drover.hub.repo.ChunkCache;
import dev.drover.hub.repo.ChunkStore;
import dev.drover.hub.repo.ReleaseRepository;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.tlog.NoteSigner;
import dev.drover.v1.AddOperatorRequest;
import dev.drover.v1.AddOperatorResponse;
import dev.drover.v1.Role;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Topics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A hub put together from its parts: the only place that knows all of them. */
public final class HubAssembly implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HubAssembly.class);
  private static final long START_SECONDS = 30;
  private static final int EFFECT_THREADS = 2;
  private static final long RENEWAL_HOURS = 1;

  private final HubConfig config;
  private final Consumer<ErrorCode> onStoreFailure;
  private final Clock clock = clock();
  private final SecureRandom random = new SecureRandom();
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final HubMetrics metrics = new HubMetrics(this::monotonicMs);
  private @Nullable HubServer server;

  private HubAssembly(HubConfig config, Consumer<ErrorCode> onStoreFailure) {
    this.config = config;
    this.onStoreFailure = onStoreFailure;
  }

  /**
   * Starts a hub; on return it serves operators and devices.
   *
   * @param onStoreFailure told once, on the thread that commits, when the store failed: from then
   *     on the hub acknowledges nothing, and all that is left is to close it and to start anew
   * @throws DroverException when it cannot, after what was started is closed again
   */
  public static HubAssembly start(HubConfig config, Consumer<ErrorCode> onStoreFailure) {
    HubAssembly hub = new HubAssembly(config, onStoreFailure);
    try {
      hub.assemble();
      return hub;
    } catch (RuntimeException failed) {
      hub.close();
      throw failed;
    }
  }

  private void assemble() {
    Path data = prepare(config.dataDir());
    HubKeys keys = HubKeys.open(keysDirectory(data), config, random, clock.instant());
    part(metrics);
    Engine engine = part(EmbeddedEngine.open(storeDirectory(data), engineOptions()));
    RevokedSerials revoked = new RevokedSerials();
    HubBroker hubBroker = new HubBroker(config, keys, revoked, clock, random);
    BrokerLink broker = hubBroker.link();
    ExecutorService workers = Executors.newFixedThreadPool(EFFECT_THREADS);
    ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    part(workers::shutdownNow);
    part(timer::shutdownNow);
    Topics topics = new Topics(config.tenant());
    ChunkStore chunks = new ChunkStore(data.resolve("chunks"));
    ReleaseRepository repository =
        new ReleaseRepository(data.resolve("repository"), chunks, broker, topics);
    ChunkCache cache = chunkCache(chunks, repository, broker, workers);
    Runnable connected =
        () -> {
          cache.doubt();
          workers.execute(repository::republish);
        };
    FleetService fleet =
        new FleetService(
            new FleetParts(
                config.tenant(),
                engine,
                broker,
                new FleetParts.Keys(
                    keys.commandSeed(),
                    keys.linkSecret(),
                    NoteSigner.of(config.logOrigin(), keys.logSeed())),
                new FleetParts.Pace(
                    config.jobsConcurrency(),
                    config.jobsApprovals(),
                    config.jobsPerDevice(),
                    config.logCheckpoint().toMillis()),
                revoked,
                repository,
                cache::want,
                connected,
                workers,
                timer));
    metrics.bind(engine, broker, cache, fleet);
    fleet.start(false);
    part(broker);
    hubBroker.keepFilesOf(fleet);
    repository.load(fleet.registry().releases());
    serve(keys, fleet, hubBroker.addresses(), new Content(chunks, repository), timer);
    var unused =
        timer.scheduleWithFixedDelay(
            () -> renewIfDue(keys, hubBroker), RENEWAL_HOURS, RENEWAL_HOURS, TimeUnit.HOURS);
  }

  private ChunkCache chunkCache(
      ChunkStore chunks, ReleaseRepository repository, BrokerLink broker, Executor workers) {
    return new ChunkCache(
        chunks,
        repository::releasesOf,
        broker,
        new Topics(config.tenant()),
        config.brokerCache().bytes(),
        workers,
        this::monotonicMs);
  }

  private record Content(ChunkStore chunks, ReleaseRepository repository) {}

  private void serve(
      HubKeys keys,
      FleetService fleet,
      List<String> brokers,
      Content content,
      ScheduledExecutorService timer) {
    OperatorCertificates certificates =
        new OperatorCertificates(config.tenant(), keys.authority(), clock);
    firstOperator(fleet, certificates, keys);
    OperatorAuth auth = new OperatorAuth(config.tenant(), fleet.registry()::role);
    HubFacts facts = new HubFacts(config, keys, brokers, this::apiPort, random, clock);
    HubServer started =
        HubServer.start(
            new InetSocketAddress(config.apiBind(), config.apiPort()),
            keys::server,
            auth,
            List.of(
                new HubGrpcService(
                    auth,
                    fleet,
                    facts,
                    certificates,
                    content.chunks(),
                    content.repository(),
                    timer),
                new EnrolGrpcService(
                    config, keys, fleet, content.repository()::firstRoot, brokers, clock)),
            new LogService(fleet.audit()),
            metrics::scrape);
    server = part(started);
    LOG.atInfo().addKeyValue("port", started.port()).log("The hub is ready");
  }

  private void renewIfDue(HubKeys keys, HubBroker broker) {
    try {
      if (keys.renewIfDue(clock.instant())) {
        broker.renewed(keys);
        LOG.atInfo().log("Renewed the certificates of the hub itself");
      }
    } catch (RuntimeException failed) {
      LOG.atError().setCause(failed).log("The certificates of the hub itself were not renewed");
    }
  }

  /** Writes the first operator's credentials when the hub has no operator yet. */
  private void firstOperator(FleetService fleet, OperatorCertificates certificates, HubKeys keys) {
    if (!fleet.registry().operators().isEmpty()) {
      return;
    }
    KeyPair pair = KeyFiles.newP256(random);
    AddOperatorResponse issued =
        certificates.issue(
            AddOperatorRequest.newBuilder()
                .setOperator(HubKeys.FIRST_OPERATOR)
                .setRole(Role.ADMIN)
                .setCsr(ByteString.copyFrom(CertificateRequest.create(pair)))
                .build());
    Path file = firstOperatorFile(config.dataDir());
    new OperatorCredentials(
            pair,
            Certificates.parse(issued.getCertificate().toByteArray()),
            keys.authority().certificate())
        .store(file);
    try {
      var unused =
          fleet
              .registry()
              .addOperator(issued.getOperator(), "hub")
              .toCompletableFuture()
              .get(START_SECONDS, TimeUnit.SECONDS);
    } catch (Exception failed) {
      throw new DroverException(
          ErrorCode.INTERNAL, "The first operator could not be registered.", failed);
    }
    LOG.atInfo().addKeyValue("file", file).log("Wrote the first operator's credentials");
  }

  /** Returns the clock that hubs go by. */
  static Clock clock() {
    return Clock.systemUTC();
  }

  /** Returns where a hub with this directory writes its first operator's credentials. */
  public static Path firstOperatorFile(Path dataDir) {
    return dataDir.resolve("operators").resolve(HubKeys.FIRST_OPERATOR + ".pem");
  }

  /** Returns where a hub with this directory keeps its keys. */
  public static Path keysDirectory(Path dataDir) {
    return dataDir.resolve("keys");
  }

  /** Returns where a hub with this directory keeps its store. */
  public static Path storeDirectory(Path dataDir) {
    return dataDir.resolve("store");
  }

  private static Path prepare(Path data) {
    try {
      Files.createDirectories(data);
      Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
      for (String name : List.of("keys", "broker", "operators")) {
        Files.createDirectories(data.resolve(name));
        Files.setPosixFilePermissions(
            data.resolve(name), PosixFilePermissions.fromString("rwx------"));
      }
      return data;
    } catch (IOException failed) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "The data directory " + data + " cannot be used.", failed);
    }
  }

  private EngineOptions engineOptions() {
    EngineListener listener =
        EngineListener.ofFailure(onStoreFailure).and(metrics.engineListener());
    EngineTime time = EngineTime.of(clock, System::nanoTime);
    return new EngineOptions(
        StoreSchema.first(), EngineLimits.hub(), time, EFFECT_THREADS, listener);
  }

  private long monotonicMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  /** Returns the port of the API. */
  public int apiPort() {
    HubServer running = server;
    return running == null ? config.apiPort() : running.port();
  }

  private <T extends AutoCloseable> T part(T made) {
    parts.push(made);
    return made;
  }

  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception failed) {
        LOG.atWarn().setCause(failed).log("A part of the hub did not close");
      }
    }
  }
}
