package dev.drover.deploy.bench;

import com.google.protobuf.ByteString;
import dev.drover.engine.StoreEngine;
import dev.drover.envelope.EventAuth;
import dev.drover.hub.core.BrokerLink;
import dev.drover.hub.core.MachineKeys;
import dev.drover.hub.core.ReleaseCatalog;
import dev.drover.hub.engine.local.EmbeddedEngine;
import dev.drover.hub.fleet.FleetParts;
import dev.drover.hub.fleet.FleetService;
import dev.drover.hub.fleet.RevokedSerials;
import dev.drover.hub.v1.Credentials;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.Enrolled;
import dev.drover.hub.v1.Invite;
import dev.drover.machine.Engine;
import dev.drover.machine.Reply;
import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.tlog.NoteSigner;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.Heartbeat;
import dev.drover.v1.Hello;
import dev.drover.wire.Identity;
import dev.drover.wire.Topic;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A process with the hub's engine, machines and way in from devices, without a broker: registers
 * devices through the engine, lets each send a heartbeat a minute, and prints what that takes.
 */
public final class RegisteredProbe implements AutoCloseable {
  private static final String TENANT = "default";
  private static final int IN_FLIGHT = 500;
  private static final int HEARTBEAT_SECONDS = 60;
  private static final int SEED_BYTES = 32;

  /** So many at first, as fast as they are taken, so that the code for them is compiled. */
  private static final int WARM_UP_HEARTBEATS = 20_000;

  private static final long MEMORY_BYTES = 4L << 30;
  private static final DeviceHealth HEALTH =
      DeviceHealth.newBuilder()
          .setCpus(4)
          .setMemoryTotalBytes(MEMORY_BYTES)
          .setMemoryAvailableBytes(MEMORY_BYTES / 2)
          .build();
  private static final Heartbeat HEARTBEAT = Heartbeat.newBuilder().setHealth(HEALTH).build();

  private final CommitTrace.Recorder store;
  private final Engine engine;
  private final FleetService fleet;
  private final QuietLink link = new QuietLink();
  private final ExecutorService workers = Executors.newFixedThreadPool(2);
  private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
  private final byte[] linkSecret;
  private final Clock clock = Clock.systemUTC();
  private final Deque<CompletableFuture<?>> pending = new ArrayDeque<>();

  private RegisteredProbe(Path directory, Path trace) throws IOException {
    SecureRandom random = new SecureRandom();
    this.linkSecret = random.generateSeed(SEED_BYTES);
    StoreSchema schema = StoreSchema.first();
    this.store =
        new CommitTrace.Recorder(
            EmbeddedEngine.openStore(directory, schema), trace, System::nanoTime);
    this.engine =
        StoreEngine.open(
            "engine",
            store,
            new EngineOptions(
                schema,
                EngineLimits.hub(),
                EngineTime.of(clock, System::nanoTime),
                2,
                EngineListener.ofFailure(code -> Runtime.getRuntime().halt(1))));
    this.fleet =
        new FleetService(
            new FleetParts(
                TENANT,
                engine,
                link,
                new FleetParts.Keys(
                    random.generateSeed(SEED_BYTES),
                    linkSecret,
                    NoteSigner.of("bench.invalid/log", random.generateSeed(SEED_BYTES))),
                new FleetParts.Pace(1000, 1000),
                new RevokedSerials(),
                ReleaseCatalog.NONE,
                (chunk, ahead) -> {},
                () -> {},
                workers,
                timer));
    fleet.start(false);
  }

  /**
   * Prints a {@link RegisteredPoint} for each size.
   *
   * @param arguments directory, file for the trace of what was made durable, seconds for each size,
   *     sizes in rising order
   */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    int seconds = Integer.parseInt(arguments[2]);
    try (RegisteredProbe probe = new RegisteredProbe(directory, Path.of(arguments[1]))) {
      int registered = 0;
      for (int i = 3; i < arguments.length; i++) {
        int size = Integer.parseInt(arguments[i]);
        probe.register(registered, size);
        if (registered == 0) {
          probe.warmUp(size);
        }
        registered = size;
        ProbeGauge.settle();
        probe.store.mark();
        RegisteredPoint point = probe.measure(size, seconds, directory);
        probe.store.mark();
        System.out.println(point.line());
        System.out.flush();
      }
    }
    Runtime.getRuntime().halt(0);
  }

  private static String name(int number) {
    return "sim-" + number;
  }

  private void register(int from, int to) throws ExecutionException, InterruptedException {
    for (int number = from; number < to; number++) {
      int device = number;
      Credentials credentials =
          Credentials.newBuilder()
              .setSerial("s" + device)
              .setBulkSerial("b" + device)
              .setExpiresMs(clock.millis() + TimeUnit.DAYS.toMillis(90))
              .setAuditKey(ByteString.copyFrom(new byte[SEED_BYTES]))
              .build();
      go(
          submit(device, DeviceEnvelope.newBuilder().setInvite(Invite.getDefaultInstance()))
              .thenCompose(
                  invited ->
                      submit(
                          device,
                          DeviceEnvelope.newBuilder()
                              .setEnrolled(
                                  Enrolled.newBuilder()
                                      .setCredentials(credentials)
                                      .setIncarnation(device + 1L))))
              .thenCompose(
                  enrolled ->
                      arrive(
                          device,
                          Hello.newBuilder().setStarts(1).setHealth(HEALTH).build(),
                          null)));
    }
    finish();
  }

  private CompletionStage<?> submit(int device, DeviceEnvelope.Builder event) {
    return engine
        .submit(
            MachineKeys.DEVICE, MachineKeys.of(TENANT, name(device)), event.build().toByteArray())
        .thenApply(Reply::orThrow);
  }

  private CompletionStage<?> arrive(
      int device, @Nullable Hello hello, @Nullable Heartbeat heartbeat) {
    return link.arrive(name(device), seal(device, hello, heartbeat));
  }

  private byte[] seal(int device, @Nullable Hello hello, @Nullable Heartbeat heartbeat) {
    DeviceEvent.Builder event =
        DeviceEvent.newBuilder().setIncarnation(device + 1L).setTimeMs(clock.millis());
    if (hello != null) {
      event.setHello(hello);
    }
    if (heartbeat != null) {
      event.setHeartbeat(heartbeat);
    }
    byte[] key = EventAuth.linkKey(linkSecret, TENANT, name(device), "s" + device);
    return EventAuth.seal(key, TENANT, name(device), event.build());
  }

  private void go(CompletionStage<?> stage) throws ExecutionException, InterruptedException {
    pending.add(stage.toCompletableFuture());
    if (pending.size() >= IN_FLIGHT) {
      pending.remove().get();
    }
  }

  private void finish() throws ExecutionException, InterruptedException {
    while (!pending.isEmpty()) {
      pending.remove().get();
    }
  }

  private void warmUp(int devices) throws ExecutionException, InterruptedException {
    for (int i = 0; i < WARM_UP_HEARTBEATS; i++) {
      go(arrive(i % devices, null, HEARTBEAT));
    }
    finish();
  }

  /** Heartbeats evenly spread, for a while; the processor time of sealing them is taken off. */
  private RegisteredPoint measure(int size, int seconds, Path directory)
      throws ExecutionException, InterruptedException, IOException {
    long sealing = 0;
    long count = Math.max(1, (long) size * seconds / HEARTBEAT_SECONDS);
    ProbeGauge gauge = new ProbeGauge();
    var threads = ManagementFactory.getThreadMXBean();
    for (long i = 0; i < count; i++) {
      long dueNanos = gauge.startedNanos() + TimeUnit.SECONDS.toNanos(seconds) * i / count;
      long waitNanos = dueNanos - System.nanoTime();
      if (waitNanos > 0) {
        TimeUnit.NANOSECONDS.sleep(waitNanos);
      }
      int device = (int) (i * (long) HEARTBEAT_SECONDS / seconds % size);
      long before = threads.getCurrentThreadCpuTime();
      byte[] sealed = seal(device, null, HEARTBEAT);
      sealing += threads.getCurrentThreadCpuTime() - before;
      go(link.arrive(name(device), sealed));
    }
    finish();
    return gauge.point(size, count, sealing, directory);
  }

  @Override
  public void close() {
    engine.close();
    workers.shutdownNow();
    timer.shutdownNow();
  }

  /** A broker that takes everything and keeps nothing. */
  private static final class QuietLink implements BrokerLink {
    private volatile @Nullable Listener listener;

    CompletionStage<Void> arrive(String device, byte[] sealed) {
      Listener there = listener;
      if (there == null) {
        throw new IllegalStateException("The link was not started.");
      }
      return there.onDeviceMessage(device, Topic.Channel.EVT, sealed);
    }

    @Override
    public void start(Listener made) {
      listener = made;
    }

    @Override
    public CompletionStage<Void> publish(String topic, byte[] payload, boolean retain, int qos) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<Void> disconnect(Identity identity) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public Health health() {
      return new Health(true, -1, Flow.NONE, Flow.NONE);
    }

    @Override
    public void close() {}
  }
}
