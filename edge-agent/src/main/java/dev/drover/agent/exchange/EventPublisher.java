package dev.drover.agent.exchange;

import com.google.protobuf.ByteString;
import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.ControlLink;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.v1.UplinkHead;
import dev.drover.crypto.Hashes;
import dev.drover.envelope.AuditAuth;
import dev.drover.envelope.EventAuth;
import dev.drover.machine.Engine;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.ChunkWant;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.Heartbeat;
import dev.drover.v1.Hello;
import dev.drover.v1.Presence;
import dev.drover.v1.TimeRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.EgressGuard;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import dev.drover.wire.Topic;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The single way out of the device towards the hub: everything it sends passes the egress guard
 * here and is sealed.
 *
 * <p>Numbered events and audit batches are read from the machines' rows and sent until their
 * receipts delete them; others are sent once. All work happens on one thread, in order. What the
 * guard refuses is counted, logged and recorded, and not sent. Methods may be called from any
 * thread and return at once.
 */
public final class EventPublisher {
  /** How long reports that end nothing wait for the one that does, milliseconds. */
  public static final long LINGER_MS = 50;

  /** Bytes of reports from which on no more travel in the same message. */
  private static final int TOGETHER_BYTES_MAX = Limits.EVENT_BYTES_MAX / 2;

  private static final Logger LOG = LoggerFactory.getLogger(EventPublisher.class);

  private final Supplier<DeviceIdentity> identity;
  private final ControlLink link;
  private final Engine engine;
  private final HubRows rows;
  private final Session session;
  private final AuditTrail audit;
  private final Executor executor;
  private final Executor lingerer;
  private final AtomicLong refused = new AtomicLong();

  /** Counts how often there was something new to send. */
  private final AtomicLong wakes = new AtomicLong();

  /** The count at which the store held nothing without a receipt. */
  private volatile long settledAt = -1;

  private long sentIncarnation;
  private long sentSeq;
  private long sentAuditIncarnation;
  private long sentBatch = -1;
  private long presentedIncarnation;
  private boolean lingering;
  private boolean acknowledgementOwed;
  private boolean gapOwed;

  /**
   * Makes a publisher.
   *
   * <p>Before the engine is started, see {@link Session}.
   *
   * @param identity the present identity; renewal may change it
   * @param executor runs one task at a time, in order
   * @param lingerer runs a task {@value #LINGER_MS} milliseconds later
   * @param session random number of this start of the agent
   */
  public EventPublisher(
      Supplier<DeviceIdentity> identity,
      ControlLink link,
      Engine engine,
      AuditTrail audit,
      Executor executor,
      Executor lingerer,
      long session) {
    this.identity = identity;
    this.link = link;
    this.engine = engine;
    this.rows = new HubRows(engine);
    this.session = new Session(session, rows);
    this.audit = audit;
    this.executor = executor;
    this.lingerer = lingerer;
  }

  /** Returns how many messages the egress guard has refused since the start. */
  public long refusedCount() {
    return refused.get();
  }

  /** Returns this start of the agent, as the hub knows it. */
  Session session() {
    return session;
  }

  /** Returns the number of this life of the store. */
  public long incarnation() {
    return rows.head().getIncarnation();
  }

  /** Introduces the device to a hub that it may not have met, and sends all without a receipt. */
  public void connected(Supplier<Hello> hello) {
    session.greets();
    resend(hello);
  }

  /** Says that the device is there, and introduces it. */
  public void hello(Supplier<Hello> hello) {
    session.greets();
    run(() -> greet(hello));
  }

  private void greet(Supplier<Hello> hello) {
    long incarnation = rows.head().getIncarnation();
    presentedIncarnation = incarnation;
    publish(
        Topic.Channel.PRESENCE,
        checked(Presence.newBuilder().setOnline(true).setIncarnation(incarnation).build())
            .toByteArray());
    loose(DeviceEvent.newBuilder().setHello(hello.get().toBuilder().setSession(session.number())));
  }

  /** Returns the message that the broker sends when this device is lost; sealed by nobody. */
  public static byte[] lastWill(long incarnation) {
    return Presence.newBuilder().setOnline(false).setIncarnation(incarnation).build().toByteArray();
  }

  /**
   * Says that the device leaves, before an orderly end: the broker does not say it then. Waits
   * until it is said, some seconds at most.
   */
  public void goodbye() {
    CompletableFuture<Void> said = new CompletableFuture<>();
    executor.execute(
        () ->
            link.publish(Topic.Channel.PRESENCE, lastWill(rows.head().getIncarnation()))
                .whenComplete((done, failed) -> said.complete(null)));
    Waiting.briefly(said);
  }

  /** Returns whether the hub has not been introduced to the present life of the store. */
  public boolean owesHello() {
    return link.connected() && presentedIncarnation != rows.head().getIncarnation();
  }

  /** Sends health; may be lost. */
  public void heartbeat(Heartbeat heartbeat) {
    run(() -> loose(DeviceEvent.newBuilder().setHeartbeat(heartbeat)));
  }

  /**
   * Asks for chunks; may be lost.
   *
   * @param ahead whether they may be on the broker; else they are not, as far as this device sees
   */
  public void want(List<String> sha256s, boolean ahead) {
    ChunkWant.Builder want = ChunkWant.newBuilder().setAhead(ahead);
    sha256s.forEach(sha -> want.addSha256(ByteString.copyFrom(Hashes.unhex(sha))));
    run(() -> loose(DeviceEvent.newBuilder().setWant(want)));
  }

  /** Asks for the time, with a fresh random number; may be lost. */
  public void askTime(byte[] nonce) {
    run(() -> publish(Topic.Channel.EVT, timeRequest(nonce)));
  }

  /** Returns the sealed request for the time, for a link that may carry nothing else. */
  byte[] timeRequest(byte[] nonce) {
    TimeRequest request = TimeRequest.newBuilder().setNonce(ByteString.copyFrom(nonce)).build();
    return sealed(loosely(DeviceEvent.newBuilder().setTime(request)));
  }

  /**
   * Tells how far the commands were followed, in a moment, unless something else that is sent until
   * then tells it; may be lost.
   */
  public void acknowledge() {
    run(
        () -> {
          acknowledgementOwed = true;
          linger();
        });
  }

  /** Tells, like {@link #acknowledge}, that a command is missing after those that were followed. */
  public void missing() {
    run(
        () -> {
          acknowledgementOwed = true;
          gapOwed = true;
          linger();
        });
  }

  /** Sends numbered events and batches that were not sent yet. */
  public void wake() {
    wakes.incrementAndGet();
    run(() -> sendNew(false));
  }

  /**
   * Sends everything without a receipt again, and Hello where that was not answered. Reads no store
   * where all had its receipt the last time and nothing has come since, so that an idle device may
   * call it often.
   */
  public void resend(Supplier<Hello> hello) {
    long seen = wakes.get();
    if (session.answered() && seen == settledAt) {
      return;
    }
    run(
        () -> {
          if (!session.answered()) {
            greet(hello);
          }
          sentSeq = 0;
          sentBatch = -1;
          lingering = false;
          if (!sendNew(true)) {
            settledAt = seen;
          }
        });
  }

  private void run(Runnable task) {
    executor.execute(
        () -> {
          if (!link.connected()) {
            return;
          }
          try {
            task.run();
          } catch (DroverException failed) {
            LOG.atWarn().addKeyValue("code", failed.code()).log("A message could not be sent");
          }
        });
  }

  /** Returns whether there is or may be something without a receipt. */
  private boolean sendNew(boolean now) {
    if (!session.known()) {
      return true;
    }
    UplinkHead head = rows.head();
    if (head.getIncarnation() != sentIncarnation) {
      sentIncarnation = head.getIncarnation();
      sentSeq = 0;
    }
    List<DeviceEvent> events = rows.events(sentSeq + 1);
    if (now || events.stream().anyMatch(EventPublisher::isEnd)) {
      sendTogether(events);
    } else if (!events.isEmpty()) {
      linger();
    }
    return sendBatches() || !events.isEmpty();
  }

  private void linger() {
    if (!lingering) {
      lingering = true;
      lingerer.execute(() -> run(this::lingered));
    }
  }

  /** What happens on the way to an end waits a moment for it, and travels in one message. */
  private void lingered() {
    lingering = false;
    sendNew(true);
    if (acknowledgementOwed) {
      loose(DeviceEvent.newBuilder());
    }
  }

  private static boolean isEnd(DeviceEvent event) {
    return switch (event.getReport().getState()) {
      case ACCEPTED, RUNNING -> false;
      default -> true;
    };
  }

  /** Sends reports with consecutive numbers in as few messages as their sizes allow. */
  private void sendTogether(List<DeviceEvent> events) {
    for (int first = 0; first < events.size(); ) {
      DeviceEvent.Builder message = events.get(first).toBuilder();
      int size = message.build().getSerializedSize();
      int next = first + 1;
      while (next < events.size()
          && next - first < Limits.REPORTS_PER_EVENT_MAX
          && events.get(next).getSeq() == events.get(next - 1).getSeq() + 1) {
        size += events.get(next).getSerializedSize();
        if (size > TOGETHER_BYTES_MAX) {
          break;
        }
        message.addMore(events.get(next).getReport());
        next++;
      }
      if (!send(message) && next > first + 1) {
        events.subList(first, next).forEach(alone -> send(alone.toBuilder()));
      }
      sentSeq = events.get(next - 1).getSeq();
      first = next;
    }
  }

  private boolean sendBatches() {
    long incarnation = rows.audit().getIncarnation();
    if (incarnation != sentAuditIncarnation) {
      sentAuditIncarnation = incarnation;
      sentBatch = -1;
    }
    List<BatchStatement> batches = rows.batches(sentBatch + 1);
    for (BatchStatement statement : batches) {
      try {
        AuditUpload upload = AuditAuth.sign(identity.get().auditSeed(), statement);
        publish(Topic.Channel.AUDIT, upload.toByteArray());
      } catch (DroverException guarded) {
        refuse(guarded);
      }
      sentBatch = statement.getBatch();
    }
    return !batches.isEmpty();
  }

  private void loose(DeviceEvent.Builder event) {
    send(loosely(event));
  }

  private DeviceEvent.Builder loosely(DeviceEvent.Builder event) {
    return event.setIncarnation(rows.head().getIncarnation()).setTimeMs(engine.nowMs());
  }

  private byte[] sealed(DeviceEvent.Builder event) {
    DeviceIdentity self = identity.get();
    return EventAuth.seal(
        self.linkKey(), self.tenant(), self.device(), event.setAcked(rows.mark()).build());
  }

  /** Returns whether it left; of reports that travel together the guard refuses all or none. */
  private boolean send(DeviceEvent.Builder event) {
    try {
      publish(Topic.Channel.EVT, sealed(event.setGap(gapOwed)));
      acknowledgementOwed = false;
      gapOwed = false;
      return true;
    } catch (DroverException guarded) {
      if (event.getMoreCount() == 0) {
        refuse(guarded);
      }
      return false;
    }
  }

  private void refuse(DroverException guarded) {
    if (guarded.code() != ErrorCode.EGRESS_REFUSED && guarded.code() != ErrorCode.LIMIT_EXCEEDED) {
      throw guarded;
    }
    refused.incrementAndGet();
    LOG.atWarn().addKeyValue("reason", guarded.getMessage()).log("A message may not leave");
    audit.refusedEgress(String.valueOf(guarded.getMessage()));
  }

  private void publish(Topic.Channel channel, byte[] payload) {
    Limits.check("The message", payload.length, Limits.PACKET_BYTES_MAX);
    link.publish(channel, payload)
        .exceptionally(
            failed -> {
              Throwable cause = failed instanceof CompletionException ? failed.getCause() : failed;
              LOG.atDebug().addKeyValue("reason", String.valueOf(cause)).log("Not published");
              return null;
            });
  }

  private static Presence checked(Presence presence) {
    EgressGuard.check(presence);
    return presence;
  }
}
