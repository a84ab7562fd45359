package dev.drover.agent.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.ControlLink;
import dev.drover.agent.core.DownlinkMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.UplinkMachine;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.store.DeviceEngine;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.crypto.Ed25519;
import dev.drover.envelope.CommandAuth;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.testkit.TestFleet;
import dev.drover.v1.Command;
import dev.drover.v1.EventReceipt;
import dev.drover.v1.EventRefusal;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Hello;
import dev.drover.v1.Welcome;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Topic;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent reads and says while nothing happens, and what it hears of a hub that is older. */
class EventPublisherTest {
  private static final long SESSION = 5;

  @TempDir private Path directory;
  private final Clock clock = Clock.systemUTC();
  private final SecureRandom random = new SecureRandom();
  private final byte[] hubSeed = Ed25519.newSeed(random);
  private final AtomicLong reads = new AtomicLong();
  private final Link link = new Link();
  private Engine engine;
  private EventPublisher publisher;
  private CommandIntake intake;

  @BeforeEach
  void start() {
    engine =
        DeviceEngine.open(
            directory.resolve("store"),
            new EngineOptions(
                StoreSchema.first(),
                new EngineLimits(1024, 256, 4 << 20, 256, 1 << 20, 10_000, 300),
                EngineTime.of(clock, System::nanoTime),
                1,
                EngineListener.ofFailure(code -> {})));
    engine.register(new DownlinkMachine());
    engine.register(new UplinkMachine());
    engine.register(new AuditMachine());
    for (String effect : List.of(Machines.EFFECT_UPLINK_WAKE, Machines.EFFECT_AUDIT_WAKE)) {
      engine.handle(effect, owed -> EffectResult.doneStage());
    }
    engine.start();
    DeviceIdentity self = identity();
    AuditTrail audit = new AuditTrail(engine, random);
    publisher =
        new EventPublisher(
            () -> self, link, counted(), audit, Runnable::run, Runnable::run, SESSION);
    TrustedClock trusted = new TrustedClock(clock, System::nanoTime, directory.resolve("time"), 0);
    TimeExchange time = new TimeExchange(trusted, random, System::nanoTime);
    intake = new CommandIntake(() -> self, engine, time, audit, random, "boot", publisher);
  }

  private DeviceIdentity identity() {
    TestFleet fleet = new TestFleet();
    return new DeviceIdentity(
        TestFleet.TENANT,
        "lamp",
        fleet.device("lamp"),
        fleet.bulk("lamp"),
        Ed25519.newSeed(random),
        Ed25519.publicKey(hubSeed),
        new byte[32],
        List.of("mqtts://127.0.0.1:1"),
        List.of("127.0.0.1:1"),
        "log",
        7);
  }

  @AfterEach
  void stop() {
    engine.close();
  }

  /** Returns the engine, with a count of what is read of it. */
  private Engine counted() {
    return (Engine)
        Proxy.newProxyInstance(
            Engine.class.getClassLoader(),
            new Class<?>[] {Engine.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("read")) {
                reads.incrementAndGet();
              }
              return method.invoke(engine, arguments);
            });
  }

  private void take(Command.Builder command) {
    Command complete =
        command
            .setTenant(TestFleet.TENANT)
            .setDevice("lamp")
            .setHubEpoch(1)
            .setSession(SESSION)
            .setIssuedMs(clock.millis())
            .build();
    assertFalse(intake.take(CommandAuth.sign(hubSeed, List.of(complete)).get(0).toByteArray()));
  }

  private void welcome() {
    take(Command.newBuilder().setWelcome(Welcome.newBuilder().setTimeMs(clock.millis())));
  }

  private void resend() {
    publisher.resend(Hello::getDefaultInstance);
  }

  private void report() {
    ExecutionReport report =
        ExecutionReport.newBuilder()
            .setExecution("j1-1")
            .setAttempt(1)
            .setState(ExecutionState.SUCCEEDED)
            .build();
    var unused =
        engine
            .submit(
                Machines.UPLINK,
                Machines.UPLINK,
                UplinkEvent.newBuilder().setReport(report).build().toByteArray())
            .toCompletableFuture()
            .join();
  }

  @Test
  void resend_withNothingWithoutAReceipt_readsTheStoreOnce() {
    resend();
    welcome();
    resend();
    long settled = reads.get();
    resend();
    resend();
    assertEquals(settled, reads.get());

    int before = link.events.get();
    report();
    publisher.wake();
    resend();
    resend();
    assertEquals(before + 3, link.events.get(), "sent once, and again until there is a receipt");
    EventReceipt.Builder receipt =
        EventReceipt.newBuilder().setIncarnation(publisher.incarnation()).setSeq(1);
    take(Command.newBuilder().setEventReceipt(receipt));
    resend();
    settled = reads.get();
    resend();
    assertEquals(settled, reads.get());
    assertEquals(before + 3, link.events.get());
  }

  @Test
  void hello_thatIsNotAnswered_isSaidAgain_alsoByAnIdleDevice() {
    resend();
    welcome();
    resend();
    int settled = link.events.get();
    publisher.connected(Hello::getDefaultInstance);
    resend();
    assertEquals(settled + 2, link.events.get());
    welcome();
    resend();
    assertEquals(settled + 2, link.events.get());
  }

  @Test
  void hubThatDoesNotUnderstand_isNoted_untilItWelcomesTheDevice() {
    assertEquals(Optional.empty(), intake.refusedByHub());
    EventRefusal refusal =
        EventRefusal.newBuilder().setError(ErrorCode.EGRESS_REFUSED.number()).build();
    take(Command.newBuilder().setEventRefusal(refusal));
    assertEquals(Optional.of(ErrorCode.EGRESS_REFUSED), intake.refusedByHub());
    welcome();
    assertEquals(Optional.empty(), intake.refusedByHub());
    take(Command.newBuilder());
    assertEquals(0, intake.refusedCount(), "what only a newer hub knows may be lost");
    assertTrue(link.connected());
  }

  /** A link that is up and counts events. */
  private static final class Link implements ControlLink {
    private final AtomicInteger events = new AtomicInteger();

    @Override
    public void start(Listener listener) {}

    @Override
    public boolean connected() {
      return true;
    }

    @Override
    public Optional<String> trouble() {
      return Optional.empty();
    }

    @Override
    public CompletionStage<Void> publish(Topic.Channel channel, byte[] payload) {
      if (channel == Topic.Channel.EVT) {
        events.incrementAndGet();
      }
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<Map<String, byte[]>> fetchRetained(
        Collection<String> topics, Duration deadline) {
      return CompletableFuture.completedFuture(Map.of());
    }

    @Override
    public void reconnect() {}

    @Override
    public void close() {}
  }
}
