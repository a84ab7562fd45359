package dev.drover.deploy.bench;

import com.google.protobuf.ByteString;
import dev.drover.deploy.fleet.Machine;
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
  private static final long MEMORY_BYTES = 4L << 30;
  private static final DeviceHealth HEALTH =
      DeviceHealth.newBuilder()
          .setCpus(4)
          .setMemoryTotalBytes(MEMORY_BYTES)
          .setMemoryAvailableBytes(MEMORY_BYTES / 2)
          .build();

  private final Engine engine;
  private final FleetService fleet;
  private final QuietLink link = new QuietLink();
  private final ExecutorService workers = Executors.newFixedThreadPool(2);
  private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
  private final byte[] linkSecret;
  private final Clock clock = Clock.systemUTC();
  private final Deque<CompletableFuture<?>> pending = new ArrayDeque<>();

  private RegisteredProbe(Path directory) {
    SecureRandom random = new SecureRandom();
    this.linkSecret = random.generateSeed(SEED_BYTES);
    this.engine =
        EmbeddedEngine.open(
            directory,
            new EngineOptions(
                StoreSchema.first(),
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
   * Prints a line for each size: devices, megabytes of memory, megabytes on disk, percent of one
   * processor, heartbeats taken, seconds.
   *
   * @param arguments directory, seconds for each size, sizes in rising order
   */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    try (RegisteredProbe probe = new RegisteredProbe(directory)) {
      int registered = 0;
      for (int i = 2; i < arguments.length; i++) {
        int size = Integer.parseInt(arguments[i]);
        probe.register(registered, size);
        registered = size;
        System.out.println(probe.measure(size, Integer.parseInt(arguments[1]), directory));
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

  /** Heartbeats evenly spread, for a while; the processor time of sealing them is taken off. */
  private String measure(int size, int seconds, Path directory)
      throws ExecutionException, InterruptedException, IOException {
    long sealing = 0;
    Heartbeat heartbeat = Heartbeat.newBuilder().setHealth(HEALTH).build();
    long count = Math.max(1, (long) size * seconds / HEARTBEAT_SECONDS);
    long startedNanos = System.nanoTime();
    long startedCpu = Usage.cpuNanos(ProcessHandle.current());
    var threads = ManagementFactory.getThreadMXBean();
    for (long i = 0; i < count; i++) {
      long dueNanos = startedNanos + TimeUnit.SECONDS.toNanos(seconds) * i / count;
      long waitNanos = dueNanos - System.nanoTime();
      if (waitNanos > 0) {
        TimeUnit.NANOSECONDS.sleep(waitNanos);
      }
      int device = (int) (i * (long) HEARTBEAT_SECONDS / seconds % size);
      long before = threads.getCurrentThreadCpuTime();
      byte[] sealed = seal(device, null, heartbeat);
      sealing += threads.getCurrentThreadCpuTime() - before;
      go(link.arrive(name(device), sealed));
    }
    finish();
    double wallNanos = System.nanoTime() - startedNanos;
    double percent =
        100.0 * (Usage.cpuNanos(ProcessHandle.current()) - startedCpu - sealing) / wallNanos;
    System.gc();
    double memory = Usage.megabytes(ProcessHandle.current().pid());
    double disk = Machine.bytes(directory) / 1e6;
    return String.join(
        " ",
        "result",
        Integer.toString(size),
        Double.toString(memory),
        Double.toString(disk),
        Double.toString(percent),
        Long.toString(count),
        Double.toString(wallNanos / 1e9));
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
