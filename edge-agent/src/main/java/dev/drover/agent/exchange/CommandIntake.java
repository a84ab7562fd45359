package dev.drover.agent.exchange;

import com.google.protobuf.ByteString;
import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.DownlinkMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.AuditReceived;
import dev.drover.agent.v1.DownlinkEvent;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.agent.v1.UplinkReceipt;
import dev.drover.envelope.CommandAuth;
import dev.drover.machine.Engine;
import dev.drover.v1.AuditReceipt;
import dev.drover.v1.Command;
import dev.drover.v1.EventReceipt;
import dev.drover.v1.TimeAnswer;
import dev.drover.v1.Welcome;
import dev.drover.wire.DroverException;
import dev.drover.wire.EgressGuard;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what arrives on the device's command topic: checks who signed it and for whom, and hands it
 * to the machines. Whatever does not check is counted, logged and dropped. Thread-safe.
 */
public final class CommandIntake {
  private static final Logger LOG = LoggerFactory.getLogger(CommandIntake.class);

  private final Supplier<DeviceIdentity> identity;
  private final Engine engine;
  private final TimeExchange time;
  private final AuditTrail audit;
  private final SecureRandom random;
  private final String bootId;
  private final EventPublisher publisher;
  private final HubRows rows;
  private final AtomicLong refused = new AtomicLong();
  private volatile @Nullable ErrorCode refusedByHub;

  /**
   * Makes an intake.
   *
   * @param time by which leases are judged, and to which signed times are told
   * @param bootId identity of the machine's present boot
   * @param publisher by which the hub knows this start of the agent
   */
  public CommandIntake(
      Supplier<DeviceIdentity> identity,
      Engine engine,
      TimeExchange time,
      AuditTrail audit,
      SecureRandom random,
      String bootId,
      EventPublisher publisher) {
    this.identity = identity;
    this.engine = engine;
    this.time = time;
    this.audit = audit;
    this.random = random;
    this.bootId = bootId;
    this.publisher = publisher;
    this.rows = new HubRows(engine);
  }

  /** Returns how many messages were not from this hub for this device, since the start. */
  public long refusedCount() {
    return refused.get();
  }

  /**
   * Returns why the hub does not take what this device says, as far as it told so since it last
   * welcomed the device.
   */
  public Optional<ErrorCode> refusedByHub() {
    return Optional.ofNullable(refusedByHub);
  }

  /**
   * Takes one message; returns when its effect on the machines is durable or it was dropped.
   *
   * @param payload as received
   * @return whether the message puts the device's clock in doubt
   */
  public boolean take(byte[] payload) {
    try {
      Command command = open(payload);
      TrustedClock.Finding finding = learnTime(command.getIssuedMs());
      if (isForAnotherStart(command)) {
        return false;
      }
      if (command.getSeq() > 0) {
        // Made long ago it may be, and rightly so.
        numbered(command);
        return false;
      }
      loose(command);
      return finding == TrustedClock.Finding.DOUBTED && !command.hasTime();
    } catch (DroverException dropped) {
      refused(dropped);
      return false;
    }
  }

  /**
   * What a start before this one was meant to follow may have been followed by a store that is no
   * more. Receipts of batches and times name what they answer themselves; a hub that refuses what
   * this start says does not know of it.
   */
  private boolean isForAnotherStart(Command command) {
    boolean bound = command.hasTime() || command.hasAuditReceipt() || command.hasEventRefusal();
    if (bound || command.getSession() == publisher.session().number()) {
      return false;
    }
    LOG.atInfo().addKeyValue("seq", command.getSeq()).log("A command is for another start");
    // The hub may not have heard of this one.
    publisher.session().greets();
    return true;
  }

  /**
   * Takes a message over a link that may carry nothing but the answer to a question for the time.
   *
   * @param payload as received
   * @return whether it was the answer, and set the clock
   */
  public boolean takeTime(byte[] payload) {
    try {
      Command command = open(payload);
      return command.getSeq() == 0 && command.hasTime() && corrected(command.getTime());
    } catch (DroverException dropped) {
      refused(dropped);
      return false;
    }
  }

  private Command open(byte[] payload) {
    DeviceIdentity self = identity.get();
    Command command = CommandAuth.open(self.hubKey(), self.tenant(), self.device(), payload);
    if (command.getHubEpoch() < rows.mark().getHubEpoch()) {
      throw new DroverException(
          ErrorCode.LEASE_REPLAYED, "A command is of an older epoch of the hub.");
    }
    return command;
  }

  private void refused(DroverException dropped) {
    refused.incrementAndGet();
    LOG.atWarn()
        .addKeyValue("code", dropped.code())
        .addKeyValue("reason", dropped.getMessage())
        .log("A command was refused");
  }

  private void numbered(Command command) {
    if (time.waiting()) {
      LOG.atInfo().addKeyValue("seq", command.getSeq()).log("A command waits for the time");
      return;
    }
    DownlinkEvent event =
        DownlinkEvent.newBuilder()
            .setCommand(command)
            .setTrustedMs(Math.max(time.nowMs(), command.getIssuedMs()))
            .setBootId(bootId)
            .setAuditKey(ByteString.copyFrom(audit.newKey()))
            .build();
    byte[] reply =
        Waiting.join(
            engine
                .submit(Machines.DOWNLINK, Machines.DOWNLINK, event.toByteArray())
                .thenApply(answer -> answer.orThrow()));
    DownlinkMachine.Outcome outcome =
        DownlinkMachine.Outcome.valueOf(new String(reply, StandardCharsets.UTF_8));
    LOG.atInfo()
        .addKeyValue("epoch", command.getHubEpoch())
        .addKeyValue("seq", command.getSeq())
        .addKeyValue("outcome", outcome)
        .log("Command");
  }

  private void loose(Command command) {
    switch (command.getBodyCase()) {
      case EVENT_RECEIPT -> Waiting.join(receipt(command.getEventReceipt(), false));
      case AUDIT_RECEIPT -> {
        AuditReceipt receipt = command.getAuditReceipt();
        if (receipt.getError() != 0) {
          LOG.atWarn()
              .addKeyValue("batch", receipt.getBatch())
              .addKeyValue("code", ErrorCode.ofNumber(receipt.getError()))
              .log("The hub refused an audit batch");
        }
        Waiting.join(auditReceipt(receipt, true));
      }
      case WELCOME -> welcome(command.getWelcome());
      case TIME -> corrected(command.getTime());
      case EVENT_REFUSAL -> refusedByHub(ErrorCode.ofNumber(command.getEventRefusal().getError()));
      case BODY_NOT_SET ->
          // Said by a newer hub to newer agents; it may be lost, so it changes nothing.
          LOG.atDebug().log("A command without a number says nothing that is known here");
      case LEASE, REVOCATION, CONFIG ->
          throw new DroverException(
              ErrorCode.MESSAGE_MALFORMED,
              "A command without a number must not grant or change anything.");
    }
  }

  private void refusedByHub(ErrorCode code) {
    refusedByHub = code;
    LOG.atWarn()
        .addKeyValue("code", code)
        .addKeyValue("next", EgressGuard.ON_ENTRY)
        .log("The hub does not take what this device says");
  }

  private void welcome(Welcome welcome) {
    refusedByHub = null;
    boolean setBack = publisher.session().isSetBack(welcome);
    if (setBack) {
      LOG.atWarn().log("The hub knows more of this store than the store: it begins a new life");
    }
    Waiting.join(receipt(welcome.getEvents(), setBack));
    AuditReceipt audited =
        AuditReceipt.newBuilder()
            .setIncarnation(welcome.getEvents().getIncarnation())
            .setNextBatch(welcome.getNextBatch())
            .build();
    Waiting.join(auditReceipt(audited, false));
    publisher.session().welcomed(welcome);
  }

  private CompletionStage<?> receipt(EventReceipt receipt, boolean setBack) {
    UplinkReceipt event =
        UplinkReceipt.newBuilder()
            .setReceipt(receipt)
            .setFreshIncarnation(random.nextLong())
            .setSetBack(setBack)
            .build();
    return engine.submit(
        Machines.UPLINK,
        Machines.UPLINK,
        UplinkEvent.newBuilder().setReceipt(event).build().toByteArray());
  }

  private CompletionStage<?> auditReceipt(AuditReceipt receipt, boolean mayBeginAnew) {
    AuditReceived event =
        AuditReceived.newBuilder()
            .setReceipt(receipt)
            .setFreshIncarnation(mayBeginAnew ? random.nextLong() : 0)
            .build();
    return engine.submit(
        Machines.AUDIT,
        Machines.AUDIT,
        AuditEvent.newBuilder().setReceipt(event).build().toByteArray());
  }

  private TrustedClock.Finding learnTime(long ms) {
    long before = time.nowMs();
    TrustedClock.Finding finding = time.proved(ms);
    if (finding == TrustedClock.Finding.WAS_BEHIND) {
      set(before, ms);
    }
    return finding;
  }

  private boolean corrected(TimeAnswer answer) {
    long before = time.nowMs();
    boolean wrong = time.answered(answer);
    if (wrong) {
      set(before, answer.getTimeMs());
    }
    return wrong;
  }

  private void set(long beforeMs, long afterMs) {
    LOG.atWarn().addKeyValue("byMs", afterMs - beforeMs).log("The clock was wrong");
    audit.clockCorrected(beforeMs, afterMs);
  }
}
