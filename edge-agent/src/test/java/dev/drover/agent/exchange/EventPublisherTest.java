package dev.drover.agent.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.crypto.Ed25519;
import dev.drover.envelope.CommandAuth;
import dev.drover.machine.Engine;
import dev.drover.testkit.TestFleet;
import dev.drover.v1.Command;
import dev.drover.v1.EventReceipt;
import dev.drover.v1.EventRefusal;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Hello;
import dev.drover.v1.Welcome;
import dev.drover.wire.ErrorCode;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
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
  private final SentLink link = new SentLink();
  private Engine engine;
  private EventPublisher publisher;
  private CommandIntake intake;

  @BeforeEach
  void start() {
    engine = Exchanges.engine(directory.resolve("store"), clock);
    DeviceIdentity self = Exchanges.lamp(random, hubSeed);
    AuditTrail audit = new AuditTrail(engine, random);
    publisher =
        new EventPublisher(
            () -> self, link, counted(), audit, Runnable::run, Runnable::run, SESSION);
    TrustedClock trusted = new TrustedClock(clock, System::nanoTime, directory.resolve("time"), 0);
    TimeExchange time = new TimeExchange(trusted, random, System::nanoTime);
    intake = new CommandIntake(() -> self, engine, time, audit, random, "boot", publisher);
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

  @Test
  void resend_withNothingWithoutAReceipt_readsTheStoreOnce() {
    resend();
    welcome();
    resend();
    long settled = reads.get();
    resend();
    resend();
    assertEquals(settled, reads.get());

    int before = link.events().size();
    Exchanges.report(engine, ExecutionState.SUCCEEDED);
    publisher.wake();
    resend();
    resend();
    assertEquals(before + 3, link.events().size(), "sent once, and again until there is a receipt");
    EventReceipt.Builder receipt =
        EventReceipt.newBuilder().setIncarnation(publisher.incarnation()).setSeq(1);
    take(Command.newBuilder().setEventReceipt(receipt));
    resend();
    settled = reads.get();
    resend();
    assertEquals(settled, reads.get());
    assertEquals(before + 3, link.events().size());
  }

  @Test
  void hello_thatIsNotAnswered_isSaidAgain_alsoByAnIdleDevice() {
    resend();
    welcome();
    resend();
    int settled = link.events().size();
    publisher.connected(Hello::getDefaultInstance);
    resend();
    assertEquals(settled + 2, link.events().size());
    welcome();
    resend();
    assertEquals(settled + 2, link.events().size());
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
}
