package dev.drover.hub.core;

import dev.drover.hub.v1.CrashesSeen;
import dev.drover.hub.v1.DeviceSeen;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.Inbound;
import dev.drover.hub.v1.Said;
import dev.drover.hub.v1.Untaken;
import dev.drover.machine.Step;
import dev.drover.v1.Command;
import dev.drover.v1.CommandMark;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.EventReceipt;
import dev.drover.v1.EventRefusal;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Hello;
import dev.drover.v1.InstallPhase;
import dev.drover.v1.TimeAnswer;
import dev.drover.v1.Welcome;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of a {@link DeviceMachine} that takes what a device says: which events count, which are
 * repetitions, and what is owed for them. Pure.
 */
final class DeviceSays {
  /** How often at most a device is told that the hub does not take what it says. */
  static final long REFUSAL_PAUSE_MS = 60_000;

  /** More events than a life has. */
  private static final long PAST_SEQ = (1L << 53) - 1;

  private enum Order {
    LOOSE,
    NEXT,
    REPEATED,
    GAP
  }

  private DeviceSays() {}

  static Step step(DeviceChange change, Inbound inbound) {
    DeviceEvent event = inbound.getEvent();
    switch (change.state()) {
      case REVOKED -> {
        return change.refused(ErrorCode.CERTIFICATE_REVOKED, "The device is revoked.");
      }
      case UNKNOWN, INVITED -> {
        return change.refused(ErrorCode.UNAUTHENTICATED, "The device is not enrolled.");
      }
      case ENROLLED, ONLINE, OFFLINE -> {}
    }
    if (event.getIncarnation() != change.row.getIncarnation()) {
      boolean past = change.row.getPastIncarnationsList().contains(event.getIncarnation());
      if (past && event.hasHello()) {
        owePastReceipt(change, event);
      }
      if (past || event.getSeq() > 1) {
        return change.refused(
            ErrorCode.LEASE_REPLAYED, "The event is not of the device's present incarnation.");
      }
      change.beginLife(event.getIncarnation());
    }
    if (event.getSeq() == 0 && event.getTimeMs() < change.seen.getLooseTimeMs()) {
      if (event.hasHello() && event.getHello().getSession() != change.seen.getSession()) {
        owePastReceipt(change, event);
      }
      return change.refused(ErrorCode.LEASE_REPLAYED, "The event is older than the one before.");
    }
    take(change, inbound, event);
    return change.done();
  }

  /**
   * A store in a past life, or in a past time, is an old image that does not know it, or this is an
   * old Hello. Only the former takes the receipt, which names its start: for a number that it never
   * gave, by which it begins a new life.
   */
  private static void owePastReceipt(DeviceChange change, DeviceEvent event) {
    EventReceipt receipt =
        EventReceipt.newBuilder().setIncarnation(event.getIncarnation()).setSeq(PAST_SEQ).build();
    Command.Builder command = loose(change).setSession(event.getHello().getSession());
    Commands.owe(change.step, command.setEventReceipt(receipt).build());
  }

  private static void take(DeviceChange change, Inbound inbound, DeviceEvent event) {
    Order number = number(change, event.getSeq(), event.getTimeMs());
    boolean comes = change.state() != DeviceMachine.State.ONLINE;
    change.move(event.hasHello() ? DeviceMachine.Event.HELLO : DeviceMachine.Event.EVENT);
    change.seen.setLastSeenMs(change.nowMs);
    if (event.hasHello()) {
      change.seen.setSession(event.getHello().getSession());
    }
    if (number == Order.LOOSE) {
      // Numbered ones are stamped when they happen and may wait for days.
      long differenceMs = event.getTimeMs() - change.nowMs;
      ClockSkew.take(change.seen, differenceMs, event.hasHello(), change.nowMs);
    }
    List<ExecutionReport> reports = reports(change, event, number);
    boolean newer = isNewer(event.getAcked(), change.seen.getAcked());
    if (newer) {
      change.seen.setAcked(event.getAcked());
    }
    if (number == Order.LOOSE || number == Order.NEXT) {
      body(change, inbound, event);
    }
    reports.forEach(report -> report(change, report, event.getTimeMs()));
    boolean asks = event.hasHello() || event.getGap();
    boolean says = asks || !reports.isEmpty() || change.seen.getUntold();
    if (newer || comes || says) {
      // An older mark comes late, if not from a store that was set back: it frees nothing.
      boolean older = isNewer(change.seen.getAcked(), event.getAcked());
      change.seen.setUntold(change.seen.getUntold() && older);
      Said.Builder said =
          Said.newBuilder()
              .setIncarnation(event.getIncarnation())
              .setSession(change.seen.getSession())
              .setAcked(event.getAcked())
              .setHello(event.hasHello())
              .setGap(event.getGap())
              .addAllReports(reports);
      change.tell(ExecutionEnvelope.newBuilder().setSaid(said));
    }
    if (number != Order.LOOSE) {
      Commands.owe(change.step, loose(change).setEventReceipt(receipt(change)).build());
    }
  }

  /** Returns the reports that count, in order: those whose numbers are the next ones. */
  private static List<ExecutionReport> reports(
      DeviceChange change, DeviceEvent event, Order first) {
    if (!event.hasReport()) {
      return List.of();
    }
    List<ExecutionReport> reports = new ArrayList<>();
    if (first == Order.LOOSE || first == Order.NEXT) {
      reports.add(event.getReport());
    }
    // Without a number of its own an event has none to count on from.
    long seq = event.getSeq();
    for (int i = 0; i < event.getMoreCount() && seq > 0; i++) {
      seq++;
      if (number(change, seq, event.getTimeMs()) == Order.NEXT) {
        reports.add(event.getMore(i));
      }
    }
    return reports;
  }

  private static Order number(DeviceChange change, long seq, long timeMs) {
    long last = change.seen.getEventSeq();
    if (seq == 0) {
      change.seen.setLooseTimeMs(timeMs);
      return Order.LOOSE;
    }
    if (seq <= last) {
      return Order.REPEATED;
    }
    if (seq > last + 1 && !isOwnLoss(change, seq)) {
      return Order.GAP;
    }
    change.seen.setEventSeq(seq);
    change.seen.setGapSinceMs(0).setGapSeq(0).setGapSeenMs(0).setTakeGap(false);
    return Order.NEXT;
  }

  private static boolean isOwnLoss(DeviceChange change, long seq) {
    DeviceSeen.Builder seen = change.seen;
    if (seen.getTakeGap()) {
      return true;
    }
    Gap gap = new Gap(seen.getGapSinceMs(), seen.getGapSeq(), seen.getGapSeenMs());
    if (gap.isOwnLoss(seq, change.nowMs)) {
      return true;
    }
    Gap after = gap.with(seq, change.nowMs);
    seen.setGapSinceMs(after.sinceMs()).setGapSeq(after.number()).setGapSeenMs(after.seenMs());
    return false;
  }

  private static void body(DeviceChange change, Inbound inbound, DeviceEvent event) {
    switch (event.getBodyCase()) {
      case HELLO -> {
        hello(change, event.getHello(), inbound.getNextBatch());
        if (event.getHello().hasHealth()) {
          health(change, event.getHello().getHealth(), event.getTimeMs());
        }
      }
      case HEARTBEAT -> {
        if (event.getHeartbeat().hasConfig()) {
          DeviceConfigs.reported(change, event.getHeartbeat().getConfig());
        }
        if (event.getHeartbeat().hasHealth()) {
          health(change, event.getHeartbeat().getHealth(), event.getTimeMs());
        }
      }
      case TIME -> {
        TimeAnswer.Builder answer =
            TimeAnswer.newBuilder().setNonce(event.getTime().getNonce()).setTimeMs(change.nowMs);
        Commands.owe(change.step, loose(change).setTime(answer).build());
      }
      case REPORT, WANT, BODY_NOT_SET -> {}
    }
  }

  private static void report(DeviceChange change, ExecutionReport report, long timeMs) {
    if (report.getInstall() == InstallPhase.COMMITTED) {
      change.seen.setCommittedMs(timeMs);
    }
    if (report.getState() == ExecutionState.FAILED
        || report.getState() == ExecutionState.OUTCOME_UNKNOWN) {
      RecentFailures.count(change.seen, change.nowMs);
    }
    if (report.hasInstalled()) {
      change.seen.setInstalled(report.getInstalled());
    }
  }

  private static void health(DeviceChange change, DeviceHealth health, long timeMs) {
    change.seen.setHealth(health);
    boolean told =
        change.seen.hasToldCrashes() && change.seen.getToldCrashes() == health.getCrashes();
    // What was said before the release was committed is about another one.
    if (change.seen.getWatchCrashes() && !told && timeMs >= change.seen.getCommittedMs()) {
      change.seen.setToldCrashes(health.getCrashes());
      CrashesSeen seen = CrashesSeen.newBuilder().setCrashes(health.getCrashes()).build();
      change.tell(ExecutionEnvelope.newBuilder().setCrashes(seen));
    }
  }

  /** Notes that the device is not understood, and tells it, now and then. */
  static void untaken(DeviceChange change, Untaken untaken) {
    boolean member =
        switch (change.state()) {
          case ENROLLED, ONLINE, OFFLINE -> true;
          case UNKNOWN, INVITED, REVOKED -> false;
        };
    boolean told =
        change.seen.getUntakenMs() > 0
            && change.nowMs - change.seen.getUntakenMs() < REFUSAL_PAUSE_MS;
    if (member && !told) {
      change.seen.setUntakenMs(change.nowMs).setUntakenError(untaken.getError());
      EventRefusal refusal = EventRefusal.newBuilder().setError(untaken.getError()).build();
      Commands.owe(change.step, loose(change).setEventRefusal(refusal).build());
    }
  }

  private static void hello(DeviceChange change, Hello hello, long nextBatch) {
    change.seen.setHello(hello).clearUntakenMs().clearUntakenError();
    if (hello.hasInstalled()) {
      change.seen.setInstalled(hello.getInstalled());
    } else {
      change.seen.clearInstalled();
    }
    DeviceConfigs.hello(change, hello.getConfig());
    Welcome.Builder welcome =
        Welcome.newBuilder()
            .setTimeMs(change.nowMs)
            .setEvents(receipt(change))
            .setNextBatch(nextBatch)
            .setAcked(change.seen.getAcked());
    Commands.owe(change.step, loose(change).setWelcome(welcome).build());
  }

  private static Command.Builder loose(DeviceChange change) {
    return Commands.loose(change.key(), change.row.getHubEpoch(), change.nowMs)
        .setSession(change.seen.getSession());
  }

  private static EventReceipt receipt(DeviceChange change) {
    return EventReceipt.newBuilder()
        .setIncarnation(change.row.getIncarnation())
        .setSeq(change.seen.getEventSeq())
        .build();
  }

  private static boolean isNewer(CommandMark mark, CommandMark than) {
    int epochs = Long.compareUnsigned(mark.getHubEpoch(), than.getHubEpoch());
    return epochs > 0 || (epochs == 0 && Long.compareUnsigned(mark.getSeq(), than.getSeq()) > 0);
  }
}
