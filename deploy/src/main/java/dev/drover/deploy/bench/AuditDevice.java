package dev.drover.deploy.bench;

import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.DownlinkMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.UplinkMachine;
import dev.drover.agent.exchange.CommandIntake;
import dev.drover.agent.exchange.EventPublisher;
import dev.drover.agent.exchange.HubSession;
import dev.drover.agent.exchange.StoreLife;
import dev.drover.agent.exchange.TimeExchange;
import dev.drover.agent.exchange.TrustedClock;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.link.LinkConfig;
import dev.drover.agent.link.PahoControlLink;
import dev.drover.agent.store.DeviceEngine;
import dev.drover.agent.v1.ToolDetails;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.v1.ConfigReport;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.InstalledRelease;
import dev.drover.v1.RuntimeLimits;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The audit part of an agent in this process, as {@code AgentAssembly} puts it together: its store
 * and engine, its machines of records, events and commands, its exchange with the hub and its link.
 * Not thread-safe.
 */
final class AuditDevice implements AutoCloseable {
  /** Records that wait to be durable at a time: half of what an engine takes for one key. */
  private static final int RECORDING = 128;

  private static final int RESEND_SECONDS = 10;

  /** What a call of {@code device.status} leaves. */
  private static final ToolDetails CALL =
      ToolDetails.newBuilder()
          .setCaller("uid 1000")
          .setTool("device.status")
          .setArgumentsJson("{}")
          .setResultJson(
              "{\"cpus\":2,\"load_permille\":1510,\"memory_total_bytes\":8589934592,"
                  + "\"memory_available_bytes\":2147483648,\"disk_free_bytes\":10737418240}")
          .build();

  private final ExecutorService sender = Executors.newSingleThreadExecutor();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Counter commits = new Counter();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Engine engine;
  private final AuditTrail trail;
  private final PahoControlLink link;

  /** Starts a device that connects by itself. */
  AuditDevice(DeviceIdentity identity, Path directory, Clock clock, LongSupplier nanoTime) {
    SecureRandom random = new SecureRandom();
    this.engine =
        DeviceEngine.open(directory.resolve("store"), EngineTime.of(clock, nanoTime), commits);
    this.trail = new AuditTrail(engine, random);
    this.link = link(identity, clock, nanoTime, random);
    try {
      start(identity, new TrustedClock(clock, nanoTime, directory.resolve("time"), 0), random);
    } catch (RuntimeException failed) {
      close();
      throw failed;
    }
  }

  private PahoControlLink link(
      DeviceIdentity identity, Clock clock, LongSupplier nanoTime, SecureRandom random) {
    List<HostPort> brokers =
        identity.brokers().stream()
            .map(broker -> HostPort.parse(URI.create(broker).getAuthority()))
            .toList();
    LinkConfig config =
        new LinkConfig(
            identity.tenant(),
            identity.device(),
            brokers,
            null,
            identity::control,
            clock,
            LinkConfig.Timing.DEFAULT);
    return new PahoControlLink(
        config, () -> EventPublisher.lastWill(identity.incarnation()), nanoTime, random);
  }

  private void start(DeviceIdentity identity, TrustedClock clock, SecureRandom random) {
    EventPublisher publisher =
        new EventPublisher(
            () -> identity,
            link,
            engine,
            trail,
            sender,
            CompletableFuture.delayedExecutor(EventPublisher.LINGER_MS, TimeUnit.MILLISECONDS),
            random.nextLong());
    TimeExchange time = new TimeExchange(clock, random, System::nanoTime);
    CommandIntake intake =
        new CommandIntake(() -> identity, engine, time, trail, random, "bench", publisher);
    HubSession session =
        new HubSession(
            link,
            publisher,
            intake,
            time,
            DeviceHealth::getDefaultInstance,
            new HubSession.Self(
                "0.1.0",
                1,
                List.of(),
                InstalledRelease::getDefaultInstance,
                ConfigReport::getDefaultInstance,
                RuntimeLimits::getDefaultInstance));
    engine.register(new DownlinkMachine());
    engine.register(new UplinkMachine());
    engine.register(new AuditMachine());
    handle(Machines.EFFECT_AUDIT_WAKE, publisher::wake);
    handle(Machines.EFFECT_UPLINK_WAKE, publisher::wake);
    handle(Machines.EFFECT_ACK, publisher::acknowledge);
    handle(Machines.EFFECT_GAP, publisher::missing);
    engine.start();
    StoreLife.begin(engine, Optional.of(identity), random::nextLong);
    link.start(session);
    var unused =
        timer.scheduleWithFixedDelay(
            session::resend, RESEND_SECONDS, RESEND_SECONDS, TimeUnit.SECONDS);
  }

  private void handle(String effect, Runnable action) {
    engine.handle(
        effect,
        owed -> {
          action.run();
          return EffectResult.doneStage();
        });
  }

  /** Records calls of a tool, some at a time; returns when the last one is durable. */
  void record(int count) {
    Semaphore room = new Semaphore(RECORDING);
    for (int i = 0; i < count; i++) {
      room.acquireUninterruptibly();
      var unused =
          trail
              .called(CALL)
              .whenComplete(
                  (commitment, failed) -> {
                    failed(failed);
                    room.release();
                  });
    }
    room.acquireUninterruptibly(RECORDING);
    Throwable failed = failure.get();
    if (failed != null) {
      throw new CheckFailed("A record could not be made: " + failed.getMessage());
    }
  }

  private void failed(@Nullable Throwable why) {
    failure.compareAndSet(null, why);
  }

  /** Returns how many records have no receipt that is applied. */
  long pending() {
    return trail.pending();
  }

  /** Returns what its store made durable so far. */
  Commits commits() {
    return commits.now();
  }

  @Override
  public void close() {
    link.close();
    timer.shutdownNow();
    sender.shutdownNow();
    engine.close();
  }

  /** Counts what the store makes durable; fails with it. */
  private final class Counter implements EngineListener {
    private Commits now = new Commits(0, 0);

    @Override
    public synchronized void committed(int events, long bytes, long nanos) {
      now = new Commits(now.count() + 1, now.bytes() + bytes);
    }

    @Override
    public void failed(ErrorCode code) {
      AuditDevice.this.failed(new CheckFailed("The device's store failed: " + code));
    }

    synchronized Commits now() {
      return now;
    }
  }
}
