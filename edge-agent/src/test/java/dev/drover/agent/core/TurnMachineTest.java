package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.core.TurnMachine.Event;
import dev.drover.agent.core.TurnMachine.State;
import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.RunEvent;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.testkit.GeneratedDoc;
import dev.drover.v1.Conditions;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.NetworkCost;
import dev.drover.v1.PowerSource;
import dev.drover.v1.WaitReason;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnMachineTest extends TurnFixture {
  @Test
  void table_everyPair_movesAsListed() {
    for (State state : State.values()) {
      for (Event event : Event.values()) {
        if (!TurnMachine.TABLE.allows(state, event)) {
          continue;
        }
        OneKey<TurnEvent> at = in(state);
        assertEquals(state, stateOf(at, "e1"), "setup");
        at.submit(event(event));
        State next = stateOf(at, "e1");
        boolean listed =
            TurnMachine.TABLE.rows().stream()
                .anyMatch(r -> r.from() == state && r.event() == event && r.to().contains(next));
        assertTrue(listed, state + " " + event + " " + next);
      }
    }
    OneKey<TurnEvent> none = in(State.NONE);
    assertThrows(DroverException.class, () -> none.submit(event(Event.CONSENTED)));
  }

  @Test
  void diagram_isThatOfTheTable() {
    GeneratedDoc.check(
        "docs/machines/turn.md",
        "# The queue of a device\n\nGenerated from the table of `TurnMachine`.\n\n```mermaid\n"
            + TurnMachine.TABLE.mermaid()
            + "```\n");
  }

  @Test
  void arrival_withoutConditions_goesAtOnceWithoutALook() {
    arrive(lease("e1"));
    assertEquals(List.of("e1"), going());
    assertTrue(key.take(Machines.EFFECT_LOOK).isEmpty());
    assertTrue(key.timers.isEmpty());
  }

  @Test
  void arrival_beyondTheRoom_goesWhenOneLeaves() {
    arrive(lease("e1"));
    arrive(lease("e2"));
    arrive(lease("e3"));
    assertEquals(List.of("e1", "e2"), going());
    leave("e1");
    assertEquals(List.of("e3"), going());
  }

  @Test
  void room_becomesFree_higherPriorityThenOrderOfArrival() {
    arrive(lease("e1"));
    arrive(lease("e2"));
    arrive(lease("low").setPriority(1));
    arrive(lease("first").setPriority(5));
    arrive(lease("second").setPriority(5));
    going();
    leave("e1");
    leave("e2");
    leave("first");
    assertEquals(List.of("first", "second", "low"), going());
  }

  @Test
  void others_lasting_isToldOnce() {
    arrive(lease("e1"));
    arrive(lease("e2"));
    arrive(lease("e3"));
    assertTrue(waits().isEmpty());
    key.advance(TurnChange.OTHERS_MS);
    assertEquals(List.of(WaitReason.WAITS_FOR_OTHERS), waits());
    key.advance(TurnChange.OTHERS_MS);
    assertTrue(waits().isEmpty());
  }

  @Test
  void notBefore_future_waitsUntilThen() {
    arrive(lease("e1").setFromMs(T + 5_000));
    assertTrue(going().isEmpty());
    key.advance(4_999);
    assertTrue(going().isEmpty());
    key.advance(1);
    assertEquals(List.of("e1"), going());
  }

  @Test
  void window_closed_waitsAndGoesWhenItBegins() {
    arrive(lease("e1").addWindows(NIGHT));
    assertEquals(1, key.take(Machines.EFFECT_LOOK).size());
    look(facts());
    assertEquals(List.of(WaitReason.WAITS_FOR_WINDOW), waits());
    // It is 02:00; the window begins at 03:30, which is nine looks away at most.
    for (int i = 0; i < 9; i++) {
      assertTrue(going().isEmpty());
      key.advance(600_000);
      assertEquals(1, key.take(Machines.EFFECT_LOOK).size(), "look " + i);
      look(facts());
    }
    assertEquals(T + 90 * 60_000, key.nowMs);
    assertEquals(List.of("e1"), going());
  }

  @Test
  void window_inTheZoneOfTheDevice_isNotThatOfUtc() {
    arrive(lease("e1").addWindows(NIGHT));
    look(facts().setZone("Europe/Berlin"));
    assertEquals(List.of(WaitReason.WAITS_FOR_WINDOW), waits());
    key.nowMs += 35 * 60_000;
    look(facts().setZone("Europe/Berlin"));
    assertEquals(List.of("e1"), going());
  }

  @Test
  void clock_notTrusted_neverOpensAWindow() {
    key.nowMs = T + 100 * 60_000;
    arrive(lease("e1").addWindows(NIGHT));
    look(facts().setClockTrusted(false));
    assertEquals(List.of(WaitReason.WAITS_FOR_CLOCK), waits());
    assertTrue(going().isEmpty());
    key.take(Machines.EFFECT_LOOK);
    key.advance(TurnChange.LOOK_MS);
    assertEquals(1, key.take(Machines.EFFECT_LOOK).size());
    look(facts());
    assertEquals(List.of("e1"), going());
  }

  @Test
  void clock_jumpsForward_closesTheWindowThatSeemedToOpen() {
    arrive(lease("e1").addWindows(NIGHT));
    look(facts());
    // Corrected by three hours: the window is over, whatever the timer had been set for.
    key.advance(600_000);
    key.take(Machines.EFFECT_LOOK);
    look(facts().setTrustedMs(key.nowMs + AHEAD_MS + 3 * 3600_000));
    assertTrue(going().isEmpty());
    look(facts().setTrustedMs(key.nowMs + AHEAD_MS + 25 * 3600_000));
    assertTrue(going().isEmpty(), "the lease is over by then");
    assertEquals(1, runs().stream().filter(RunEvent::hasExpired).count());
  }

  @Test
  void clock_jumpsBack_opensTheWindowOnlyWhenItIsTime() {
    key.nowMs = T + 80 * 60_000;
    arrive(lease("e1").addWindows(NIGHT));
    look(facts());
    key.advance(600_000);
    look(facts().setTrustedMs(T + AHEAD_MS));
    assertTrue(going().isEmpty());
  }

  @Test
  void conditions_eachThatFails_isNamedAndEachUnknownIsNo() {
    arrive(lease("e1").setConditions(Conditions.newBuilder().setMains(true).setUnmetered(true)));
    look(facts().setPower(PowerSource.POWER_UNKNOWN));
    look(facts().setPower(PowerSource.BATTERY));
    look(facts().setNetwork(NetworkCost.NETWORK_UNKNOWN));
    look(facts().setNetwork(NetworkCost.METERED));
    assertEquals(List.of(WaitReason.WAITS_FOR_MAINS, WaitReason.WAITS_FOR_UNMETERED), waits());
    look(facts());
    assertEquals(List.of("e1"), going());
  }

  @Test
  void idle_somebodyServedOrAnythingRunning_waitsAndOnlyOneGoes() {
    Conditions idle = Conditions.newBuilder().setIdle(true).build();
    arrive(lease("e1").setConditions(idle));
    arrive(lease("e2").setConditions(idle));
    look(facts().setServing(true));
    assertEquals(List.of(WaitReason.WAITS_FOR_IDLE, WaitReason.WAITS_FOR_IDLE), waits());
    look(facts());
    assertEquals(List.of("e1"), going());
    leave("e1");
    key.take(Machines.EFFECT_LOOK);
    assertTrue(going().isEmpty(), "nobody has looked since");
    look(facts());
    assertEquals(List.of("e2"), going());
  }

  @Test
  void install_withConsentByPolicy_waitsForTheOwnerWhoIsRecorded() {
    OneKey<TurnEvent> strict = turns(true);
    strict.submit(TurnEvent.newBuilder().setArrived(lease("e1").setInstall(true)).build());
    strict.submit(TurnEvent.newBuilder().setFacts(facts()).build());
    List<InstallEvent> told = strict.sent(Machines.INSTALL, InstallEvent.parser());
    assertEquals(WaitReason.WAITS_FOR_OWNER, told.get(0).getWaits().getWaits().getReason());
    strict.take(Machines.EFFECT_LOOK);
    strict.submit(TurnMachine.consent("e1", KEY));
    assertEquals(1, strict.sent(Machines.AUDIT, AuditEvent.parser()).size());
    strict.submit(TurnEvent.newBuilder().setFacts(facts()).build());
    assertTrue(strict.sent(Machines.INSTALL, InstallEvent.parser()).get(0).hasDue());
  }

  @Test
  void consent_asksForALookAndIsOnlyForWhatIsThere() {
    Conditions owner = Conditions.newBuilder().setOwnerConsent(true).build();
    arrive(lease("e1").setConditions(owner));
    arrive(lease("e2").setConditions(owner));
    look(facts());
    key.take(Machines.EFFECT_LOOK);
    key.submit(TurnMachine.consent("e2", KEY));
    assertEquals(1, key.take(Machines.EFFECT_LOOK).size());
    look(facts());
    assertEquals(List.of("e2"), going());
    DroverException unknown =
        assertThrows(DroverException.class, () -> key.submit(TurnMachine.consent("e9", KEY)));
    assertEquals(ErrorCode.NOT_FOUND, unknown.code());
  }

  @Test
  void installs_oneAtATimeBesideRuns() {
    arrive(lease("e1"));
    arrive(lease("i1").setInstall(true));
    arrive(lease("i2").setInstall(true));
    List<InstallEvent> due = key.sent(Machines.INSTALL, InstallEvent.parser());
    assertEquals(1, due.size());
    assertEquals("i1", due.get(0).getDue().getExecution());
    leave("i1");
    assertEquals(
        "i2", key.sent(Machines.INSTALL, InstallEvent.parser()).get(0).getDue().getExecution());
  }

  @Test
  void reboot_whileWaiting_goesOnOnceTheTimeIsKnownAndNotOver() {
    Conditions mains = Conditions.newBuilder().setMains(true).build();
    arrive(lease("e1").setConditions(mains));
    look(facts().setPower(PowerSource.BATTERY));
    assertEquals(List.of(WaitReason.WAITS_FOR_MAINS), waits());
    look(facts().setBootId("b2").setClockTrusted(false));
    assertEquals(List.of(WaitReason.WAITS_FOR_CLOCK), waits());
    look(facts().setBootId("b2"));
    List<RunEvent> runs = runs();
    assertEquals("b2", runs.get(0).getDue().getBootId());
  }

  @Test
  void reboot_leaseOver_expires() {
    Conditions mains = Conditions.newBuilder().setMains(true).build();
    arrive(lease("e1").setConditions(mains));
    look(facts().setBootId("b2").setTrustedMs(T + AHEAD_MS + 24 * 3600_000));
    assertTrue(runs().get(0).hasExpired());
  }

  @Test
  void arrival_newerAttempt_replacesAndOlderIsIgnored() {
    arrive(lease("e1"));
    going();
    arrive(lease("e1").setAttempt(2));
    assertEquals(2, runs().get(0).getDue().getAttempt());
    arrive(lease("e1"));
    assertTrue(runs().isEmpty());
    key.submit(TurnEvent.newBuilder().setLeft(left("e1")).build());
    assertEquals(State.GOING, stateOf(key, "e1"));
  }

  @Test
  void arrival_beyondTheLimit_isRefused() {
    for (int i = 0; i < TurnMachine.WAITING_MAX + 2; i++) {
      arrive(lease("e" + i));
    }
    key.owed.clear();
    arrive(lease("more"));
    RunEvent refused = runs().get(0);
    assertEquals(ExecutionState.REJECTED, refused.getFinished().getResult().getState());
    assertEquals(State.NONE, stateOf(key, "more"));
  }

  @Test
  void empty_afterAll_leavesNothingBehind() {
    arrive(lease("e1").addWindows(NIGHT));
    look(facts());
    leave("e1");
    assertEquals(0, key.rowCount(TurnMachine.EXECUTIONS));
    assertTrue(key.timers.isEmpty());
    assertFalse(TurnMachine.anyWaits(key));
  }
}
