package dev.drover.agent.core;

import dev.drover.agent.core.TurnMachine.Event;
import dev.drover.agent.core.TurnMachine.State;
import dev.drover.agent.v1.RunEvent;
import dev.drover.agent.v1.TurnArrived;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.agent.v1.TurnFacts;
import dev.drover.agent.v1.TurnLeft;
import dev.drover.agent.v1.TurnLook;
import dev.drover.agent.v1.TurnRow;
import dev.drover.machine.Effect;
import dev.drover.v1.Conditions;
import dev.drover.v1.NetworkCost;
import dev.drover.v1.PowerSource;
import dev.drover.v1.WaitReason;
import dev.drover.v1.Window;
import java.time.Instant;
import java.util.List;

/** A {@link TurnMachine} with its rows, and what happens to it. */
abstract class TurnFixture {
  /** Engine time; two hours behind the true one in all tests. */
  static final long T = Instant.parse("2026-11-21T00:00:00Z").toEpochMilli();

  static final long AHEAD_MS = 2 * 3600_000;
  static final byte[] KEY = new byte[32];
  static final Window NIGHT =
      Window.newBuilder().setCron("30 3 * * *").setDurationMinutes(60).build();

  final OneKey<TurnEvent> key = turns(false);

  static OneKey<TurnEvent> turns(boolean consentForInstalls) {
    return new OneKey<>(new TurnMachine(2, consentForInstalls), "turn", T);
  }

  static OneKey<TurnEvent> in(State state) {
    OneKey<TurnEvent> at = turns(false);
    TurnArrived.Builder lease = lease("e1");
    switch (state) {
      case NONE -> {}
      case WAITING ->
          at.submit(
              TurnEvent.newBuilder()
                  .setArrived(lease.setConditions(Conditions.newBuilder().setOwnerConsent(true)))
                  .build());
      case GOING -> at.submit(TurnEvent.newBuilder().setArrived(lease).build());
    }
    return at;
  }

  static TurnEvent event(Event event) {
    TurnEvent.Builder out = TurnEvent.newBuilder();
    switch (event) {
      case ARRIVED -> out.setArrived(lease("e1").setAttempt(2));
      case LEFT -> out.setLeft(left("e1"));
      case LOOKED -> out.setLook(TurnLook.getDefaultInstance());
      case CONSENTED -> out.mergeFrom(TurnMachine.consent("e1", KEY));
    }
    return out.build();
  }

  static TurnArrived.Builder lease(String execution) {
    return TurnArrived.newBuilder()
        .setExecution(execution)
        .setAttempt(1)
        .setBootId("b1")
        .setExpiresMs(T + AHEAD_MS + 20 * 3600_000);
  }

  TurnFacts.Builder facts() {
    return TurnFacts.newBuilder()
        .setBootId("b1")
        .setTrustedMs(key.nowMs + AHEAD_MS)
        .setClockTrusted(true)
        .setZone("UTC")
        .setPower(PowerSource.MAINS)
        .setNetwork(NetworkCost.UNMETERED);
  }

  void arrive(TurnArrived.Builder lease) {
    key.submit(TurnEvent.newBuilder().setArrived(lease).build());
  }

  void look(TurnFacts.Builder facts) {
    key.submit(TurnEvent.newBuilder().setFacts(facts).build());
  }

  void leave(String execution) {
    key.submit(TurnEvent.newBuilder().setLeft(left(execution)).build());
  }

  static TurnLeft left(String execution) {
    return TurnLeft.newBuilder().setExecution(execution).setAttempt(1).build();
  }

  static State stateOf(OneKey<TurnEvent> at, String execution) {
    byte[] row = at.get(TurnMachine.EXECUTIONS + execution);
    return row == null
        ? State.NONE
        : TurnChange.stateOf(OneKey.parse(TurnRow.parser(), row).toBuilder());
  }

  List<RunEvent> runs() {
    return key.sent(Machines.RUN, RunEvent.parser());
  }

  /** Takes who was told that its turn has come; what else was told stays. */
  List<String> going() {
    List<Effect> due =
        key.owed.stream()
            .filter(owed -> owed.isSend() && owed.sendMachine().equals(Machines.RUN))
            .filter(owed -> OneKey.parse(RunEvent.parser(), owed.payload()).hasDue())
            .toList();
    key.owed.removeAll(due);
    return due.stream().map(Effect::sendKey).toList();
  }

  List<WaitReason> waits() {
    return runs().stream()
        .filter(RunEvent::hasWaits)
        .map(run -> run.getWaits().getReason())
        .toList();
  }
}
