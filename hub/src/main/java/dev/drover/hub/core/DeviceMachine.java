package dev.drover.hub.core;

import dev.drover.hub.v1.Connected;
import dev.drover.hub.v1.Credentials;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.DeviceGone;
import dev.drover.hub.v1.Enrolled;
import dev.drover.hub.v1.EpochMoved;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.HubStarted;
import dev.drover.hub.v1.MoveEpoch;
import dev.drover.hub.v1.PresenceSeen;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.hub.v1.Renewed;
import dev.drover.hub.v1.Revoke;
import dev.drover.hub.v1.RevokeSerials;
import dev.drover.machine.Machine;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.machine.Table;
import dev.drover.v1.HubAction;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/**
 * One device as the hub knows it: identity, labels, what it last said, whether it is there.
 *
 * <p>Everything that a device says comes here first. The machine accepts exactly the next number of
 * the device's present incarnation, owes the receipt, and hands reports and acknowledgements on to
 * the device's {@link ExecutionMachine}. Being online is a hint: events with a valid MAC raise it,
 * silence lowers it, and presence, which carries no MAC, does both for a device that said Hello in
 * its present incarnation. A broker that lies about it makes the hub send too early or too late.
 */
public final class DeviceMachine implements Machine<DeviceEnvelope> {
  /** Without a word for this long a device counts as offline, milliseconds. */
  public static final long SILENCE_MS = 120_000;

  /** States of a device. */
  public enum State {
    /** Never heard of. */
    UNKNOWN,
    /** A token was made for it. */
    INVITED,
    /** It has certificates and did not say Hello with them yet. */
    ENROLLED,
    /** Heard of lately. */
    ONLINE,
    /** Not there. */
    OFFLINE,
    /** Its certificates are refused. */
    REVOKED
  }

  /** What can happen to a device. */
  public enum Event {
    /** A token was made for it. */
    INVITE,
    /** It redeemed the token. */
    ENROL,
    /** It connected. */
    HELLO,
    /** It said anything else. */
    EVENT,
    /** The broker says that it is there. */
    PRESENT,
    /** The broker says that it is gone. */
    ABSENT,
    /** The hub started. */
    HUB_STARTED,
    /** It is time to see whether it was silent. */
    SILENCE,
    /** It got new certificates. */
    RENEW,
    /** An operator gave it other labels. */
    RELABEL,
    /** An operator wants it configured otherwise. */
    DESIRE,
    /** An operator revoked it. */
    REVOKE
  }

  /** The transitions. */
  public static final Table<State, Event> TABLE = table();

  private static Table<State, Event> table() {
    Table.Builder<State, Event> rows = Table.startingAt(State.UNKNOWN, Event.class);
    rows.on(State.UNKNOWN, Event.INVITE, State.INVITED);
    rows.stay(State.INVITED, Event.INVITE).on(State.INVITED, Event.ENROL, State.ENROLLED);
    for (State state : new State[] {State.ENROLLED, State.ONLINE, State.OFFLINE}) {
      rows.stay(state, Event.INVITE).on(state, Event.ENROL, State.ENROLLED);
      rows.on(state, Event.HELLO, State.ONLINE).on(state, Event.EVENT, State.ONLINE);
      rows.stay(state, Event.RENEW);
    }
    for (State state : new State[] {State.INVITED, State.ENROLLED, State.ONLINE, State.OFFLINE}) {
      rows.stay(state, Event.RELABEL)
          .stay(state, Event.DESIRE)
          .on(state, Event.REVOKE, State.REVOKED);
    }
    for (State state : new State[] {State.INVITED, State.ENROLLED, State.OFFLINE, State.REVOKED}) {
      rows.stay(state, Event.HUB_STARTED).stay(state, Event.SILENCE).stay(state, Event.ABSENT);
    }
    rows.on(State.ONLINE, Event.HUB_STARTED, State.OFFLINE);
    rows.on(State.ONLINE, Event.SILENCE, State.OFFLINE, State.ONLINE);
    rows.on(State.ONLINE, Event.ABSENT, State.OFFLINE, State.ONLINE);
    rows.stay(State.INVITED, Event.PRESENT).stay(State.ENROLLED, Event.PRESENT);
    rows.stay(State.ONLINE, Event.PRESENT).stay(State.REVOKED, Event.PRESENT);
    rows.on(State.OFFLINE, Event.PRESENT, State.ONLINE, State.OFFLINE);
    rows.on(State.REVOKED, Event.INVITE, State.INVITED).stay(State.REVOKED, Event.REVOKE);
    return rows.build();
  }

  @Override
  public String name() {
    return MachineKeys.DEVICE;
  }

  @Override
  public DeviceEnvelope decode(byte[] event) {
    return StoredRows.event(event, DeviceEnvelope.parser());
  }

  @Override
  public Step step(RowReader own, DeviceEnvelope event, long nowMs) {
    DeviceChange change = new DeviceChange(own, nowMs);
    switch (event.getKindCase()) {
      case INVITE -> {
        change.move(Event.INVITE);
        change.row.clearLabels().putAllLabels(event.getInvite().getLabelsMap());
        change.row.setInvitedMs(nowMs);
      }
      case ENROLLED -> enrol(change, event.getEnrolled());
      case INBOUND -> {
        return DeviceSays.step(change, event.getInbound());
      }
      case PRESENCE -> presence(change, event.getPresence());
      case RENEWED -> renew(change, event.getRenewed());
      case REVOKE -> revoke(change, event.getRevoke());
      case RELABEL -> DeviceConfigs.relabel(change, event.getRelabel());
      case DESIRE -> DeviceConfigs.desire(change, event.getDesire());
      case HUB_STARTED -> hubStarted(change, event.getHubStarted());
      case SILENCE -> silence(change);
      case EPOCH_MOVED -> epochMoved(change, event.getEpochMoved());
      case FAILURE -> RecentFailures.count(change.seen, nowMs);
      case UNTAKEN -> DeviceSays.untaken(change, event.getUntaken());
      case WATCH_CRASHES -> change.seen.setWatchCrashes(true).clearToldCrashes();
      case KIND_NOT_SET -> throw unknownEvent();
    }
    return change.done();
  }

  private static void enrol(DeviceChange change, Enrolled enrolled) {
    change.move(Event.ENROL);
    revokeSerials(change, change.row.getCredentials());
    change.row.setCredentials(enrolled.getCredentials()).setEnrolledMs(change.nowMs);
    change.row.setHubEpoch(Math.max(1, change.row.getHubEpoch()));
    boolean other = change.row.getIncarnation() != enrolled.getIncarnation();
    if (other) {
      change.beginLife(enrolled.getIncarnation());
    }
    // Another store has a mark of its own: nothing is sent before it has told that.
    change.tell(
        ExecutionEnvelope.newBuilder().setConnected(Connected.newBuilder().setUnmarked(other)));
    Statements.send(
        change.step,
        change.tenant(),
        Statements.of(HubAction.DEVICE_ENROLLED, Statements.HUB, change.device())
            .setAuditKey(enrolled.getCredentials().getAuditKey()),
        enrolled.getRequestSha256(),
        change.nowMs);
  }

  private static void renew(DeviceChange change, Renewed renewed) {
    change.move(Event.RENEW);
    Credentials before = change.row.getCredentials();
    // It may have been enrolled anew since it asked: what was replaced does not come back.
    String shown = renewed.getShownSerial();
    boolean answerWasLost = !shown.isEmpty() && shown.equals(before.getPreviousSerial());
    if (!answerWasLost && !shown.equals(before.getSerial())) {
      throw new DroverException(
          ErrorCode.CERTIFICATE_REVOKED, "This certificate was replaced or revoked.");
    }
    Credentials.Builder after =
        renewed.getCredentials().toBuilder().setAuditKey(before.getAuditKey());
    if (answerWasLost) {
      after
          .setPreviousSerial(before.getPreviousSerial())
          .setPreviousBulkSerial(before.getPreviousBulkSerial())
          .setPreviousExpiresMs(before.getPreviousExpiresMs());
      forget(change, before.getExpiresMs(), before.getSerial(), before.getBulkSerial());
    } else {
      after
          .setPreviousSerial(before.getSerial())
          .setPreviousBulkSerial(before.getBulkSerial())
          .setPreviousExpiresMs(before.getExpiresMs());
      forget(
          change,
          before.getPreviousExpiresMs(),
          before.getPreviousSerial(),
          before.getPreviousBulkSerial());
    }
    change.row.setCredentials(after);
    Statements.send(
        change.step,
        change.tenant(),
        Statements.of(HubAction.DEVICE_RENEWED, Statements.HUB, change.device()),
        renewed.getRequestSha256(),
        change.nowMs);
  }

  private static void presence(DeviceChange change, PresenceSeen presence) {
    boolean current = presence.getIncarnation() == change.row.getIncarnation();
    if (!presence.getOnline()) {
      boolean goes = current && change.state() == State.ONLINE;
      change.move(Event.ABSENT, goes ? State.OFFLINE : change.state());
    } else {
      boolean comes = current && change.state() == State.OFFLINE && change.seen.hasHello();
      change.move(Event.PRESENT, comes ? State.ONLINE : change.state());
    }
  }

  private static void revoke(DeviceChange change, Revoke revoke) {
    boolean again = change.state() == State.REVOKED;
    change.move(Event.REVOKE);
    if (again) {
      return;
    }
    change.row.setRevokedMs(change.nowMs);
    revokeSerials(
        change,
        RevokeSerials.newBuilder()
            .setDevice(true)
            .setTokensUntilMs(change.nowMs)
            .setExpiresMs(endMs(change.row.getCredentials())),
        serials(change.row.getCredentials()));
    change.tell(ExecutionEnvelope.newBuilder().setGone(DeviceGone.getDefaultInstance()));
    Statements.send(
        change.step,
        change.tenant(),
        Statements.of(HubAction.DEVICE_REVOKED, revoke.getOperator(), change.device()),
        revoke.getRequestSha256(),
        change.nowMs);
  }

  /**
   * Refuses certificates that this row no longer names, unless they ended by themselves: a later
   * revocation of the device would not find them. Connections stay; none is on these.
   */
  private static void forget(DeviceChange change, long expiresMs, String... serials) {
    if (change.nowMs < expiresMs) {
      revokeSerials(change, RevokeSerials.newBuilder().setExpiresMs(expiresMs), serials);
    }
  }

  private static void revokeSerials(DeviceChange change, Credentials credentials) {
    revokeSerials(
        change,
        RevokeSerials.newBuilder().setDevice(true).setExpiresMs(endMs(credentials)),
        serials(credentials));
  }

  private static long endMs(Credentials credentials) {
    return Math.max(credentials.getExpiresMs(), credentials.getPreviousExpiresMs());
  }

  private static String[] serials(Credentials credentials) {
    return new String[] {
      credentials.getSerial(),
      credentials.getBulkSerial(),
      credentials.getPreviousSerial(),
      credentials.getPreviousBulkSerial()
    };
  }

  private static void revokeSerials(
      DeviceChange change, RevokeSerials.Builder serials, String... refused) {
    serials.setSubject(change.device());
    for (String serial : refused) {
      if (!serial.isEmpty()) {
        serials.addSerials(serial);
      }
    }
    if (serials.getSerialsCount() > 0 || serials.getTokensUntilMs() > 0) {
      change.step.send(
          MachineKeys.REGISTRY,
          change.tenant(),
          RegistryEnvelope.newBuilder().setRevokeSerials(serials).build().toByteArray());
    }
  }

  private static void hubStarted(DeviceChange change, HubStarted started) {
    State before = change.state();
    change.move(Event.HUB_STARTED);
    if (before == State.INVITED || before == State.REVOKED) {
      return;
    }
    change.tell(
        ExecutionEnvelope.newBuilder().setConnected(Connected.newBuilder().setUnmarked(true)));
    change.seen.setUntold(true);
    if (started.getRestoredEpoch() > 0) {
      long epoch = Math.max(started.getRestoredEpoch(), change.row.getHubEpoch() + 1);
      change.row.setHubEpoch(epoch);
      change.seen.setTakeGap(true);
      MoveEpoch move = MoveEpoch.newBuilder().setHubEpoch(epoch).build();
      change.tell(ExecutionEnvelope.newBuilder().setMoveEpoch(move));
    }
  }

  private static void silence(DeviceChange change) {
    long silentMs = change.nowMs - change.seen.getLastSeenMs();
    boolean silent = change.state() == State.ONLINE && silentMs >= SILENCE_MS;
    change.move(Event.SILENCE, silent ? State.OFFLINE : change.state());
    if (change.state() == State.ONLINE) {
      change.watchSilence();
    }
  }

  /** Commands are numbered anew, whatever became of the device meanwhile. */
  private static void epochMoved(DeviceChange change, EpochMoved moved) {
    change.row.setHubEpoch(Math.max(change.row.getHubEpoch(), moved.getHubEpoch()));
    if (moved.getRestored()) {
      change.seen.setTakeGap(true);
    }
  }

  static DroverException unknownEvent() {
    return new DroverException(ErrorCode.MESSAGE_MALFORMED, "The event is of no known kind.");
  }
}
