package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.Sha256;
import dev.drover.envelope.EventAuth;
import dev.drover.hub.core.ReleaseCatalog;
import dev.drover.hub.v1.Credentials;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.machine.sim.CrashPlan;
import dev.drover.machine.sim.SimDisk;
import dev.drover.machine.sim.SimEngine;
import dev.drover.machine.sim.SimTime;
import dev.drover.release.ReleaseManifest;
import dev.drover.tlog.NoteSigner;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.Job;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;

/** A hub with its real adapters on a simulated engine, a bad network, and devices. One thread. */
final class SimWorld implements AutoCloseable {
  static final String TENANT = "acme";
  static final byte[] SEED = Hashes.sha256(new byte[] {1});
  private static final byte[] SECRET = Hashes.sha256(new byte[] {2});
  private static final long TICK_MS = 1000;

  /** Of jobs that do not say. */
  static final int CONCURRENCY = 8;

  final NoteSigner log = NoteSigner.of("log.example/acme", Hashes.sha256(new byte[] {3}));
  final Map<String, SimDevice> devices = new LinkedHashMap<>();
  final SimLink link;
  final RevokedSerials revoked = new RevokedSerials();
  final List<Sha256> wanted = new ArrayList<>();
  SimDisk disk = new SimDisk(CrashPlan.never());
  private final SimTime time = new SimTime(1_800_000_000_000L);
  private final FleetParts.Pace pace;
  private final Random random;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private SimEngine engine;
  private FleetService fleet;
  private Optional<ReleaseManifest> release = Optional.empty();

  SimWorld(long seed, double faults) {
    this(seed, faults, new FleetParts.Pace(CONCURRENCY, 500));
  }

  SimWorld(long seed, double faults, FleetParts.Pace pace) {
    this.pace = pace;
    this.random = new Random(seed);
    this.link =
        new SimLink(
            random,
            faults,
            (device, payload) -> {
              SimDevice to = devices.get(device);
              if (to != null) {
                to.onCommand(payload);
              }
            });
    this.engine = open();
    this.fleet = build();
    start(false);
  }

  private SimEngine open() {
    EngineOptions options =
        EngineOptions.of(StoreSchema.first(), EngineLimits.hub(), time.source());
    return new SimEngine(disk, options, random);
  }

  private ReleaseCatalog releases() {
    return new ReleaseCatalog() {
      @Override
      public Optional<ReleaseManifest> manifest(byte[] sha256) {
        return release;
      }

      @Override
      public Optional<Sha256> rootSha256() {
        return Optional.empty();
      }
    };
  }

  private FleetService build() {
    return new FleetService(
        new FleetParts(
            TENANT,
            engine,
            link,
            new FleetParts.Keys(SEED, SECRET, log),
            pace,
            revoked,
            releases(),
            (sha256, ahead) -> wanted.add(sha256),
            () -> {},
            Runnable::run,
            timer));
  }

  private void start(boolean restored) {
    finish(fleet.begin(restored));
  }

  /** Makes every task's manifest resolve to this release. */
  void publish(ReleaseManifest manifest) {
    release = Optional.of(manifest);
  }

  static byte[] linkKey(String device, String serial) {
    return EventAuth.linkKey(SECRET, TENANT, device, serial);
  }

  FleetService fleet() {
    return fleet;
  }

  Engine engine() {
    return engine;
  }

  long nowMs() {
    return engine.nowMs();
  }

  /** Kills the hub and starts it again over what was durable. */
  void restart() {
    link.lose();
    engine = open();
    fleet = build();
    start(false);
  }

  /** Kills the hub and starts it over an older disk. */
  void restore(SimDisk backup, boolean declared) {
    disk = backup;
    link.lose();
    engine = open();
    fleet = build();
    start(declared);
  }

  /** Enrols a device with a token, as the API does, and connects it. */
  SimDevice add(String name, String group) {
    byte[] id = Hashes.sha256(name.getBytes(StandardCharsets.UTF_8));
    byte[] tokenId = Arrays.copyOf(id, 16);
    CreateTokenRequest request =
        CreateTokenRequest.newBuilder().setDevice(name).putLabels("group", group).build();
    finish(fleet.registry().createToken(request, tokenId, id, "admin"));
    finish(fleet.registry().redeemToken(tokenId, id, id));
    String serial = "a" + devices.size();
    SimDevice device =
        new SimDevice(
            name,
            link,
            Ed25519.publicKey(SEED),
            linkKey(name, serial),
            1000 + devices.size(),
            time::wallMs);
    Credentials credentials =
        Credentials.newBuilder()
            .setSerial(serial)
            .setBulkSerial("b" + devices.size())
            .setAuditKey(ByteString.copyFrom(device.auditKey()))
            .build();
    finish(fleet.devices().enrol(name, credentials, 1000 + devices.size(), id));
    devices.put(name, device);
    device.connect();
    return device;
  }

  /** Runs the engine until the stage is complete, and returns its value. */
  <T> T finish(CompletionStage<T> stage) {
    CompletableFuture<T> future = stage.toCompletableFuture();
    while (!future.isDone() && engine.runOne()) {
      // Each round is one piece of work.
    }
    return future.join();
  }

  /** Runs everything that can happen now. */
  void settle() {
    boolean busy = true;
    while (busy) {
      engine.runUntilIdle();
      busy = link.deliverOne();
    }
  }

  /** Lets time pass in steps, with everything that happens meanwhile. */
  void run(long ms) {
    for (long passed = 0; passed < ms; passed += TICK_MS) {
      settle();
      time.advance(TICK_MS);
      devices.values().forEach(SimDevice::tick);
    }
    settle();
  }

  /** Runs until the condition holds, at most for some simulated time. */
  boolean runUntil(long limitMs, BooleanSupplier condition) {
    for (long passed = 0; passed < limitMs && !condition.getAsBoolean(); passed += TICK_MS) {
      run(TICK_MS);
    }
    return condition.getAsBoolean();
  }

  Job job(String id) {
    return fleet.jobs().get(id);
  }

  /** Fails where a machine threw at a timer or at another machine's event: a defect. */
  @Override
  public void close() {
    timer.shutdownNow();
    assertEquals(0, engine.health().dropped(), "events dropped");
  }
}
