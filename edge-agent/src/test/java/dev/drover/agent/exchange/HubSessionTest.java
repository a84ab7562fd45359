package dev.drover.agent.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.crypto.Ed25519;
import dev.drover.envelope.CommandAuth;
import dev.drover.machine.Engine;
import dev.drover.testkit.TestFleet;
import dev.drover.v1.Command;
import dev.drover.v1.CommandMark;
import dev.drover.v1.ConfigReport;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.EventEnvelope;
import dev.drover.v1.EventReceipt;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstalledRelease;
import dev.drover.v1.LeaseRevocation;
import dev.drover.v1.Presence;
import dev.drover.v1.RuntimeLimits;
import dev.drover.v1.TimeAnswer;
import dev.drover.v1.Welcome;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a device whose system clock is years ahead says to its hub, and how it takes the answers.
 */
class HubSessionTest {
  private static final long NOW = Instant.parse("2026-12-01T00:00:00Z").toEpochMilli();
  private static final long WRONG = NOW + 9L * 365 * 24 * 3600 * 1000;

  private static final long SESSION = 5;

  @TempDir Path directory;

  private final SecureRandom random = new SecureRandom();
  private final byte[] hubSeed = Ed25519.newSeed(random);
  private final SentLink link = new SentLink();
  private volatile Executor executor = Runnable::run;
  private int busy;
  private Engine engine;
  private TrustedClock clock;
  private HubSession session;
  private EventPublisher publisher;
  private CommandIntake intake;

  @BeforeEach
  void start() {
    clock =
        new TrustedClock(
            () -> Instant.ofEpochMilli(WRONG), System::nanoTime, directory.resolve("time"), 0);
    engine = Exchanges.engine(directory.resolve("store"), clock);
    DeviceIdentity self = Exchanges.lamp(random, hubSeed);
    AuditTrail audit = new AuditTrail(engine, random);
    publisher =
        new EventPublisher(
            () -> self,
            link,
            engine,
            audit,
            task -> executor.execute(task),
            CompletableFuture.delayedExecutor(
                EventPublisher.LINGER_MS, TimeUnit.MILLISECONDS, Runnable::run),
            SESSION);
    TimeExchange time = new TimeExchange(clock, random, System::nanoTime);
    intake = new CommandIntake(() -> self, engine, time, audit, random, "boot", publisher);
    session =
        new HubSession(
            link,
            publisher,
            intake,
            time,
            () -> DeviceHealth.newBuilder().setBusy(busy).build(),
            new HubSession.Self(
                "1.0.0",
                1,
                List.of(),
                InstalledRelease::getDefaultInstance,
                ConfigReport::getDefaultInstance,
                RuntimeLimits::getDefaultInstance));
  }

  @AfterEach
  void stop() {
    engine.close();
  }

  @Test
  void welcomeYearsBefore_makesTheDeviceAsk_andOnlyTheFreshAnswerCounts() throws Exception {
    session.onCommand(signed(loose(NOW).setWelcome(Welcome.newBuilder().setTimeMs(NOW))));
    assertEquals(WRONG, roughly(clock.millis()));
    byte[] nonce = link.question();

    session.onCommand(signed(answer(new byte[16])));
    assertEquals(1, intake.refusedCount());
    assertEquals(WRONG, roughly(clock.millis()));

    session.onCommand(signed(answer(nonce)));
    assertEquals(NOW, roughly(clock.millis()));
    session.onCommand(signed(answer(nonce)));
    assertEquals(2, intake.refusedCount());
  }

  @Test
  void command_whileTheTimeIsAskedFor_waitsForTheHubToSendItAgain() throws Exception {
    session.onCommand(signed(loose(NOW).setWelcome(Welcome.newBuilder().setTimeMs(NOW))));
    byte[] command = signed(revocation());
    session.onCommand(command);
    assertEquals(0, acked());
    session.onCommand(signed(answer(link.question())));
    session.onCommand(command);
    assertEquals(1, acked());
  }

  @Test
  void linkInDoubt_carriesTheQuestionAndTakesNothingButItsAnswer() throws Exception {
    EventEnvelope envelope = EventEnvelope.parseFrom(session.onClockDoubted());
    DeviceEvent event = DeviceEvent.parseFrom(envelope.getEvent());
    assertFalse(session.onTime(signed(revocation())));
    assertFalse(session.onTime(signed(loose(NOW).setWelcome(Welcome.newBuilder().setTimeMs(NOW)))));
    assertEquals(0, acked());
    assertTrue(session.onTime(signed(answer(event.getTime().getNonce().toByteArray()))));
    assertEquals(NOW, roughly(clock.millis()));
  }

  @Test
  void executionsThatEnded_areToldBeforeTheNextHeartbeat_andOnlyThen() {
    busy = 3;
    session.heartbeat();
    session.correctBusy();
    busy = 0;
    session.correctBusy();
    session.correctBusy();
    assertEquals(
        List.of(3, 0),
        link.events().stream().map(e -> e.getHeartbeat().getHealth().getBusy()).toList());
  }

  @Test
  void reportsOfAQuickExecution_travelInOneMessage() {
    for (ExecutionState state :
        List.of(ExecutionState.ACCEPTED, ExecutionState.RUNNING, ExecutionState.SUCCEEDED)) {
      report(state);
    }
    publisher.wake();
    assertTrue(link.reports().isEmpty(), "the hub has not answered yet");
    session.onCommand(signed(loose(WRONG).setWelcome(Welcome.newBuilder().setTimeMs(WRONG))));
    publisher.wake();
    DeviceEvent message = link.reports().get(0);
    assertEquals(1, link.reports().size());
    assertEquals(1, message.getSeq());
    assertEquals(ExecutionState.ACCEPTED, message.getReport().getState());
    assertEquals(
        List.of(ExecutionState.RUNNING, ExecutionState.SUCCEEDED),
        message.getMoreList().stream().map(ExecutionReport::getState).toList());

    report(ExecutionState.FAILED);
    publisher.wake();
    assertEquals(4, link.reports().get(1).getSeq());
  }

  @Test
  void command_ofAnEarlierStart_isNotFollowed_andHelloIsSaidAgain() throws Exception {
    session.onConnected(true);
    session.onCommand(signed(loose(WRONG).setWelcome(Welcome.getDefaultInstance())));
    session.onCommand(signed(revocation().setIssuedMs(WRONG).setSession(SESSION - 1)));
    assertEquals(1, link.hellos());
    session.resend();
    assertEquals(2, link.hellos());
    assertEquals(0, link.last().getAcked().getSeq());
    session.onCommand(signed(revocation().setIssuedMs(WRONG)));
    session.resend();
    assertEquals(3, link.hellos());
    assertEquals(1, link.last().getAcked().getSeq());
  }

  @Test
  void welcome_thatKnowsMoreThanTheStore_beginsANewLife_andNothingIsLost() throws Exception {
    report(ExecutionState.SUCCEEDED);
    session.onConnected(true);
    long before = publisher.incarnation();
    CommandMark acked = CommandMark.newBuilder().setHubEpoch(1).setSeq(3).build();
    session.onCommand(signed(loose(WRONG).setWelcome(Welcome.newBuilder().setAcked(acked))));
    assertNotEquals(before, publisher.incarnation());
    assertEquals(2, link.hellos());
    assertTrue(link.reports().isEmpty());

    EventReceipt none = EventReceipt.newBuilder().setIncarnation(publisher.incarnation()).build();
    session.onCommand(signed(loose(WRONG).setWelcome(Welcome.newBuilder().setEvents(none))));
    DeviceEvent kept = link.reports().get(0);
    assertEquals(publisher.incarnation(), kept.getIncarnation());
    assertEquals(ExecutionState.SUCCEEDED, kept.getReport().getState());
  }

  private void report(ExecutionState state) {
    Exchanges.report(engine, state);
  }

  private static long roughly(long ms) {
    return ms / 60_000 * 60_000;
  }

  private long acked() {
    session.onConnected(true);
    return link.events().get(link.events().size() - 1).getAcked().getSeq();
  }

  private static Command.Builder loose(long ms) {
    return Command.newBuilder()
        .setTenant(TestFleet.TENANT)
        .setDevice("lamp")
        .setHubEpoch(1)
        .setSession(SESSION)
        .setIssuedMs(ms);
  }

  private static Command.Builder answer(byte[] nonce) {
    return loose(NOW)
        .setTime(TimeAnswer.newBuilder().setNonce(ByteString.copyFrom(nonce)).setTimeMs(NOW));
  }

  @Test
  void goodbye_isSaidWhenItReturns() throws InvalidProtocolBufferException {
    executor = ForkJoinPool.commonPool();
    publisher.goodbye();

    Presence last = Presence.parseFrom(link.presence());
    assertFalse(last.getOnline());
    assertEquals(publisher.incarnation(), last.getIncarnation());
  }

  private static Command.Builder revocation() {
    return loose(NOW)
        .setSeq(1)
        .setExpiresMs(NOW + 60_000)
        .setRevocation(LeaseRevocation.newBuilder().setExecution("../none"));
  }

  private byte[] signed(Command.Builder command) {
    return CommandAuth.sign(hubSeed, List.of(command.build())).get(0).toByteArray();
  }
}
