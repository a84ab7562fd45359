package dev.drover.agent.core;

import com.google.protobuf.ByteString;
import dev.drover.agent.v1.AuditRecord;
import dev.drover.agent.v1.RefusalDetails;
import dev.drover.agent.v1.TurnArrived;
import dev.drover.agent.v1.TurnConsent;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.agent.v1.TurnFacts;
import dev.drover.agent.v1.TurnHead;
import dev.drover.agent.v1.TurnLeft;
import dev.drover.agent.v1.TurnRow;
import dev.drover.machine.Machine;
import dev.drover.machine.Row;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.machine.Table;
import dev.drover.v1.RecordKind;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;

/**
 * Decides what may start on the device: by the windows and conditions of each lease, the room that
 * there is, priority and the order of arrival.
 *
 * <p>What the device must be asked for (its clock, mains, network, whether a person is being
 * answered) comes with {@link TurnFacts} and counts for that moment only. The machine asks for it
 * by {@link Machines#EFFECT_LOOK} when something waits that depends on it, and again when a window
 * begins. A lease without windows and conditions starts at once where there is room.
 */
public final class TurnMachine implements Machine<TurnEvent> {
  /** Row that holds a {@link TurnHead}. */
  public static final String HEAD = "head";

  /** Prefix of the rows of executions, each a {@link TurnRow}; then the execution. */
  public static final String EXECUTIONS = "x/";

  /** Most executions that wait; another one is refused. */
  public static final int WAITING_MAX = 500;

  /** Where an execution stands in the queue of the device. */
  public enum State {
    /** Not here, or no more. */
    NONE,
    /** Something keeps it from starting. */
    WAITING,
    /** Its turn has come, and it did not end. */
    GOING
  }

  /** What happens to an execution in the queue. */
  public enum Event {
    /** Its lease was accepted. */
    ARRIVED,
    /** It ended, whether it had started or not, or makes room for another attempt. */
    LEFT,
    /** Another one left, a window began or the device changed. */
    LOOKED,
    /** The owner said yes to it. */
    CONSENTED
  }

  /** The transitions. */
  public static final Table<State, Event> TABLE =
      Table.startingAt(State.NONE, Event.class)
          .on(State.NONE, Event.ARRIVED, State.NONE, State.WAITING, State.GOING)
          .stay(State.NONE, Event.LEFT)
          .on(State.WAITING, Event.LEFT, State.NONE)
          .on(State.WAITING, Event.LOOKED, State.WAITING, State.GOING)
          .on(State.WAITING, Event.CONSENTED, State.WAITING, State.GOING)
          .on(State.GOING, Event.LEFT, State.NONE)
          .stay(State.GOING, Event.CONSENTED)
          .build();

  private final int runsMax;
  private final boolean consentForInstalls;

  /**
   * Makes the machine.
   *
   * @param runsMax questions and tool calls at a time
   * @param consentForInstalls whether the owner is asked before each release, whatever the lease
   *     says
   */
  public TurnMachine(int runsMax, boolean consentForInstalls) {
    this.runsMax = runsMax;
    this.consentForInstalls = consentForInstalls;
  }

  @Override
  public String name() {
    return Machines.TURN;
  }

  @Override
  public TurnEvent decode(byte[] event) {
    return Machines.parse(TurnEvent.parser(), event);
  }

  @Override
  public Step step(RowReader own, TurnEvent event, long nowMs) {
    TurnChange change = new TurnChange(own, nowMs, new TurnRules(runsMax, consentForInstalls));
    switch (event.getBodyCase()) {
      case ARRIVED -> arrived(change, event.getArrived());
      case LEFT -> left(change, event.getLeft());
      case FACTS -> change.look(event.getFacts());
      case LOOK -> change.lookDue();
      case CONSENT -> consent(change, event.getConsent());
      case STOP ->
          Machines.effect(change.step, Machines.EFFECT_CANCEL_RUN, event.getStop().getExecution());
      case BODY_NOT_SET -> {}
    }
    return change.done();
  }

  private static void arrived(TurnChange change, TurnArrived arrived) {
    TurnRow.Builder known = change.find(arrived.getExecution());
    if (known == null) {
      change.head.setArrived(change.head.getArrived() + 1);
      arrived(change, TurnRow.newBuilder().setArrived(arrived).setOrder(change.head.getArrived()));
    } else if (arrived.getAttempt() >= known.getArrived().getAttempt()) {
      // Another attempt takes the place of the one before, and the owner's word.
      TABLE.move(TurnChange.stateOf(known), Event.LEFT);
      change.remove(known);
      arrived(change, known.setArrived(arrived).setGoing(false).clearWaitsFor());
    }
  }

  private static void arrived(TurnChange change, TurnRow.Builder row) {
    if (change.head.getWaiting() >= WAITING_MAX) {
      TABLE.move(State.NONE, Event.ARRIVED, State.NONE);
      change.refuse(row.getArrived());
      return;
    }
    change.decide(row, State.NONE, Event.ARRIVED);
  }

  private static void left(TurnChange change, TurnLeft left) {
    TurnRow.Builder row = change.find(left.getExecution());
    if (row == null || row.getArrived().getAttempt() > left.getAttempt()) {
      if (row == null) {
        TABLE.move(State.NONE, Event.LEFT);
      }
      return;
    }
    TABLE.move(TurnChange.stateOf(row), Event.LEFT);
    change.remove(row);
    change.lookAgain();
  }

  private static void consent(TurnChange change, TurnConsent consent) {
    TurnRow.Builder row = change.find(consent.getExecution());
    if (row == null) {
      throw new DroverException(
          ErrorCode.NOT_FOUND, "No execution of this name waits on this device.");
    }
    AuditRecord record =
        AuditRecord.newBuilder()
            .setTimeMs(change.nowMs)
            .setKind(RecordKind.LOCAL_REQUEST)
            .setRefusal(
                RefusalDetails.newBuilder().setWhat("owner said yes to " + consent.getExecution()))
            .build();
    Machines.audit(change.step, consent.getAuditKey(), record);
    row.setConsented(true);
    if (row.getGoing()) {
      TABLE.move(State.GOING, Event.CONSENTED);
      change.put(row);
    } else {
      change.decide(row, State.WAITING, Event.CONSENTED);
    }
  }

  /** Returns the executions whose turn has not come, in the order in which they would start. */
  public static List<TurnRow> waiting(RowReader own) {
    return TurnChange.sorted(
        own.scan(EXECUTIONS, WAITING_MAX + 1).stream()
            .map(Row::value)
            .map(value -> Machines.parse(TurnRow.parser(), value))
            .filter(row -> !row.getGoing()));
  }

  /** Returns whether any execution waits. */
  public static boolean anyWaits(RowReader own) {
    return Machines.row(own, HEAD, TurnHead.parser(), TurnHead.getDefaultInstance()).getWaiting()
        > 0;
  }

  /** Returns the event of an owner who says yes. */
  public static TurnEvent consent(String execution, byte[] auditKey) {
    return TurnEvent.newBuilder()
        .setConsent(
            TurnConsent.newBuilder()
                .setExecution(execution)
                .setAuditKey(ByteString.copyFrom(auditKey)))
        .build();
  }
}
