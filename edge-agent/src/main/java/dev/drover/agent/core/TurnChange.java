package dev.drover.agent.core;

import dev.drover.agent.core.TurnMachine.Event;
import dev.drover.agent.core.TurnMachine.State;
import dev.drover.agent.v1.InstallDue;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.InstallExpired;
import dev.drover.agent.v1.InstallWaits;
import dev.drover.agent.v1.RunDue;
import dev.drover.agent.v1.RunEvent;
import dev.drover.agent.v1.RunExpired;
import dev.drover.agent.v1.RunFinished;
import dev.drover.agent.v1.RunResult;
import dev.drover.agent.v1.TurnArrived;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.agent.v1.TurnFacts;
import dev.drover.agent.v1.TurnHead;
import dev.drover.agent.v1.TurnLook;
import dev.drover.agent.v1.TurnRow;
import dev.drover.agent.v1.TurnWaits;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.schedule.Windows;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.WaitReason;
import dev.drover.wire.ErrorCode;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The rows of a {@link TurnMachine} while one step changes them. Used once, by one thread. */
final class TurnChange {
  /** After so long the device is looked at again, for what no event tells of, milliseconds. */
  static final long LOOK_MS = 60_000;

  /** While only windows are waited for, whose clock may yet be corrected, milliseconds. */
  static final long LOOK_WINDOW_MS = 600_000;

  /** Waiting behind others is told to the hub once it lasts this long, milliseconds. */
  static final long OTHERS_MS = 15_000;

  private static final String LOOK_TIMER = "look";
  private static final Comparator<TurnRow> ORDER =
      Comparator.comparingInt((TurnRow row) -> row.getArrived().getPriority())
          .reversed()
          .thenComparingLong(TurnRow::getOrder);

  final long nowMs;
  final TurnHead.Builder head;
  final Step.Builder step = Step.builder();

  private final RowReader own;
  private final TurnRules rules;
  private final TurnHead headBefore;

  private @Nullable TurnFacts facts;

  /** What waits is not looked at but told: the timer fired. */
  private boolean telling;

  private String removed = "";
  private long lookAtMs = Long.MAX_VALUE;
  private boolean wantsFacts;

  TurnChange(RowReader own, long nowMs, TurnRules rules) {
    this.own = own;
    this.nowMs = nowMs;
    this.rules = rules;
    this.headBefore =
        Machines.row(own, TurnMachine.HEAD, TurnHead.parser(), TurnHead.getDefaultInstance());
    this.head = headBefore.toBuilder();
  }

  static State stateOf(TurnRow.Builder row) {
    return row.getGoing() ? State.GOING : State.WAITING;
  }

  static List<TurnRow> sorted(Stream<TurnRow> rows) {
    return rows.sorted(ORDER).toList();
  }

  TurnRow.@Nullable Builder find(String execution) {
    byte[] bytes = own.get(TurnMachine.EXECUTIONS + execution);
    return bytes == null ? null : Machines.parse(TurnRow.parser(), bytes).toBuilder();
  }

  void put(TurnRow.Builder row) {
    step.put(TurnMachine.EXECUTIONS + row.getArrived().getExecution(), row.build().toByteArray());
  }

  void remove(TurnRow.Builder row) {
    removed = row.getArrived().getExecution();
    step.delete(TurnMachine.EXECUTIONS + row.getArrived().getExecution());
    if (!row.getGoing()) {
      head.setWaiting(head.getWaiting() - 1);
    } else if (row.getArrived().getInstall()) {
      head.setInstalls(head.getInstalls() - 1);
    } else {
      head.setRuns(head.getRuns() - 1);
    }
  }

  /** Takes what the device found, and lets start what may. */
  void look(TurnFacts found) {
    head.setLooking(false);
    facts = found;
    telling = true;
    lookAgain();
  }

  /** Takes the timer: looks at the device where something depends on it. */
  void lookDue() {
    head.setLookAtMs(0);
    telling = true;
    lookAgain();
  }

  /** Lets start what may, those first that come first. */
  void lookAgain() {
    if (head.getWaiting() == 0) {
      return;
    }
    for (TurnRow row : TurnMachine.waiting(own)) {
      // The one that this step removed is still among them.
      if (!row.getArrived().getExecution().equals(removed)) {
        decide(row.toBuilder(), State.WAITING, Event.LOOKED);
      }
    }
  }

  /** Lets one start, or notes what it waits for. */
  void decide(TurnRow.Builder row, State before, Event event) {
    TurnArrived lease = row.getArrived();
    boolean over = rules.isOver(lease, facts);
    if (over) {
      sendExpired(lease);
    }
    WaitReason reason = rules.reason(row, head, facts, nowMs);
    boolean blind = facts == null && rules.needsFacts(lease);
    if (reason == WaitReason.WAIT_REASON_UNSPECIFIED && !blind && !over) {
      TurnMachine.TABLE.move(before, event, State.GOING);
      go(row, before);
      return;
    }
    TurnMachine.TABLE.move(before, event, State.WAITING);
    boolean changed = before == State.NONE || event != Event.LOOKED;
    if (before == State.NONE) {
      head.setWaiting(head.getWaiting() + 1);
    }
    wantsFacts |= blind && nowMs >= lease.getFromMs();
    if (!blind && tells(reason) && reason != row.getWaitsFor()) {
      row.setWaitsFor(reason);
      changed = true;
      sendWaits(lease, reason);
    }
    if (changed) {
      put(row);
    }
    lookLater(lease, reason);
  }

  private boolean tells(WaitReason reason) {
    return reason != WaitReason.WAIT_REASON_UNSPECIFIED
        && (telling || reason != WaitReason.WAITS_FOR_OTHERS);
  }

  private void go(TurnRow.Builder row, State before) {
    TurnArrived.Builder lease = row.getArrivedBuilder();
    if (facts != null) {
      lease.setBootId(facts.getBootId());
    }
    row.setGoing(true).clearWaitsFor();
    if (before == State.WAITING) {
      head.setWaiting(head.getWaiting() - 1);
    }
    if (lease.getInstall()) {
      head.setInstalls(head.getInstalls() + 1);
    } else {
      head.setRuns(head.getRuns() + 1);
    }
    put(row);
    sendDue(row.getArrived());
  }

  /** Notes when to look again for the sake of one that waits. */
  private void lookLater(TurnArrived lease, WaitReason reason) {
    long atMs =
        switch (reason) {
          case WAITS_FOR_OTHERS -> telling ? Long.MAX_VALUE : nowMs + OTHERS_MS;
          case WAITS_FOR_WINDOW -> nextWindowMs(lease);
          case WAITS_FOR_IDLE, WAITS_FOR_MAINS, WAITS_FOR_UNMETERED, WAITS_FOR_CLOCK ->
              nowMs + LOOK_MS;
          default -> Long.MAX_VALUE;
        };
    lookAtMs = Math.min(lookAtMs, atMs);
  }

  private long nextWindowMs(TurnArrived lease) {
    if (nowMs < lease.getFromMs()) {
      return lease.getFromMs();
    }
    TurnFacts found = facts;
    if (found == null) {
      return nowMs + LOOK_MS;
    }
    OptionalLong next =
        Windows.nextOpening(
            lease.getWindowsList(), Windows.zoneOrUtc(found.getZone()), found.getTrustedMs());
    long waitMs = next.isEmpty() ? LOOK_WINDOW_MS : next.getAsLong() - found.getTrustedMs();
    return nowMs + Math.min(LOOK_WINDOW_MS, waitMs);
  }

  void sendDue(TurnArrived lease) {
    if (lease.getInstall()) {
      send(
          InstallEvent.newBuilder()
              .setDue(
                  InstallDue.newBuilder()
                      .setExecution(lease.getExecution())
                      .setAttempt(lease.getAttempt())));
    } else {
      send(
          lease,
          RunEvent.newBuilder()
              .setDue(
                  RunDue.newBuilder().setAttempt(lease.getAttempt()).setBootId(lease.getBootId())));
    }
  }

  private void sendWaits(TurnArrived lease, WaitReason reason) {
    TurnWaits waits =
        TurnWaits.newBuilder().setAttempt(lease.getAttempt()).setReason(reason).build();
    if (lease.getInstall()) {
      send(
          InstallEvent.newBuilder()
              .setWaits(
                  InstallWaits.newBuilder().setExecution(lease.getExecution()).setWaits(waits)));
    } else {
      send(lease, RunEvent.newBuilder().setWaits(waits));
    }
  }

  private void sendExpired(TurnArrived lease) {
    if (lease.getInstall()) {
      send(
          InstallEvent.newBuilder()
              .setExpired(
                  InstallExpired.newBuilder()
                      .setExecution(lease.getExecution())
                      .setAttempt(lease.getAttempt())));
    } else {
      send(
          lease,
          RunEvent.newBuilder().setExpired(RunExpired.newBuilder().setAttempt(lease.getAttempt())));
    }
  }

  /**
   * Refuses a question or tool call: too many wait. Of installations there is never more than one.
   */
  void refuse(TurnArrived lease) {
    RunResult full =
        RunResult.newBuilder()
            .setState(ExecutionState.REJECTED)
            .setError(ErrorCode.RESOURCE_EXHAUSTED.number())
            .build();
    send(
        lease,
        RunEvent.newBuilder()
            .setFinished(RunFinished.newBuilder().setAttempt(lease.getAttempt()).setResult(full)));
  }

  private void send(TurnArrived lease, RunEvent.Builder event) {
    step.send(Machines.RUN, lease.getExecution(), event.build().toByteArray());
  }

  private void send(InstallEvent.Builder event) {
    step.send(Machines.INSTALL, Machines.INSTALL, event.build().toByteArray());
  }

  /** Ends the step: asks for a look where one is needed, and sets the timer. */
  Step done() {
    if (wantsFacts && !head.getLooking()) {
      head.setLooking(true);
      Machines.effect(step, Machines.EFFECT_LOOK, Machines.TURN);
    }
    long before = head.getLookAtMs();
    if (head.getWaiting() == 0) {
      if (before != 0) {
        step.cancelTimer(LOOK_TIMER);
        head.setLookAtMs(0);
      }
    } else if (lookAtMs != Long.MAX_VALUE && (before == 0 || lookAtMs < before)) {
      step.timer(
          LOOK_TIMER,
          lookAtMs,
          TurnEvent.newBuilder().setLook(TurnLook.getDefaultInstance()).build().toByteArray());
      head.setLookAtMs(lookAtMs);
    }
    TurnHead after = head.build();
    if (!after.equals(headBefore)) {
      step.put(TurnMachine.HEAD, after.toByteArray());
    }
    return step.build();
  }
}
