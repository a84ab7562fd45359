package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.agent.v1.TurnStop;
import dev.drover.machine.Step;
import dev.drover.machine.TimerChange;
import dev.drover.v1.Conditions;
import dev.drover.v1.PowerSource;
import dev.drover.v1.WaitReason;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When the device is looked at for what waits, and what repeated words change. */
class TurnLookTest extends TurnFixture {
  private static final Conditions MAINS = Conditions.newBuilder().setMains(true).build();

  @Test
  void conditions_areLookedAtFromTheFirstMomentOnAndNotBefore() {
    arrive(lease("e1").setConditions(MAINS).setFromMs(T + 5_000));
    assertTrue(key.take(Machines.EFFECT_LOOK).isEmpty());
    arrive(lease("e2").setConditions(MAINS).setFromMs(T));
    assertEquals(1, key.take(Machines.EFFECT_LOOK).size());
  }

  @Test
  void conditions_thatFail_areLookedAtAgainAfterAMinute() {
    arrive(lease("e1").setConditions(MAINS));
    look(facts().setPower(PowerSource.BATTERY));
    key.take(Machines.EFFECT_LOOK);
    assertEquals(T + TurnChange.LOOK_MS, lookAtMs());
    key.advance(TurnChange.LOOK_MS - 1);
    assertTrue(key.take(Machines.EFFECT_LOOK).isEmpty());
    key.advance(1);
    assertEquals(1, key.take(Machines.EFFECT_LOOK).size());
  }

  @Test
  void look_thatFindsTheSame_writesAndTellsNothing() {
    arrive(lease("e1").setConditions(MAINS));
    look(facts().setPower(PowerSource.BATTERY));
    key.owed.clear();
    TurnEvent same = TurnEvent.newBuilder().setFacts(facts().setPower(PowerSource.BATTERY)).build();
    assertTrue(key.submit(same).rows().isEmpty());
    assertTrue(key.owed.isEmpty());
  }

  @Test
  void look_letsTheLastGo_nothingWaitsAnyMore() {
    arrive(lease("e1").setConditions(MAINS));
    assertTrue(TurnMachine.anyWaits(key));
    look(facts().setPower(PowerSource.BATTERY));
    look(facts());
    assertEquals(List.of("e1"), going());
    assertFalse(TurnMachine.anyWaits(key));
    assertTrue(TurnMachine.waiting(key).isEmpty());
    assertTrue(key.timers.isEmpty());
  }

  @Test
  void others_notLasting_isNotTold() {
    arrive(lease("e1"));
    arrive(lease("e2"));
    arrive(lease("e3"));
    assertEquals(T + TurnChange.OTHERS_MS, lookAtMs());
    key.advance(TurnChange.OTHERS_MS - 1);
    assertTrue(waits().isEmpty());
  }

  @Test
  void notBefore_severalFuture_isLookedAtForTheEarliest() {
    arrive(lease("e1").setFromMs(T + 5_000));
    assertEquals(T + 5_000, lookAtMs());
    assertTrue(arriveAt("e2", T + 9_000).timers().isEmpty());
    assertEquals(T + 5_000, lookAtMs());
    assertEquals(1, arriveAt("e3", T + 2_000).timers().size());
    assertEquals(T + 2_000, lookAtMs());
    assertTrue(arriveAt("e4", T + 2_000).timers().isEmpty());
  }

  @Test
  void window_farOff_isLookedAtEachTenMinutes() {
    arrive(lease("e1").addWindows(NIGHT).setFromMs(T));
    look(facts());
    assertEquals(T + TurnChange.LOOK_WINDOW_MS, lookAtMs());
  }

  @Test
  void window_near_isLookedAtWhenItOpens() {
    // It is 03:25 by the true time; the window opens at 03:30.
    key.nowMs = T + 85 * 60_000;
    arrive(lease("e1").addWindows(NIGHT));
    look(facts());
    assertEquals(key.nowMs + 5 * 60_000, lookAtMs());
  }

  @Test
  void clock_notTrusted_keepsNothingThatHasNoWindows() {
    arrive(lease("e1").setConditions(MAINS));
    look(facts().setClockTrusted(false));
    assertEquals(List.of("e1"), going());
  }

  @Test
  void install_itsTimeIsOver_expires() {
    long expiresMs = T + AHEAD_MS + 1_000;
    arrive(lease("i1").setInstall(true).setConditions(MAINS).setExpiresMs(expiresMs));
    look(facts().setTrustedMs(expiresMs - 1).setPower(PowerSource.BATTERY));
    InstallEvent waits = key.sent(Machines.INSTALL, InstallEvent.parser()).get(0);
    assertEquals(WaitReason.WAITS_FOR_MAINS, waits.getWaits().getWaits().getReason());
    look(facts().setTrustedMs(expiresMs));
    List<InstallEvent> told = key.sent(Machines.INSTALL, InstallEvent.parser());
    assertEquals(1, told.size());
    assertEquals("i1", told.get(0).getExpired().getExecution());
    assertEquals(1, told.get(0).getExpired().getAttempt());
  }

  @Test
  void stop_ofWhatRuns_isHandedOn() {
    TurnStop stop = TurnStop.newBuilder().setExecution("e1").build();
    key.submit(TurnEvent.newBuilder().setStop(stop).build());
    assertEquals("e1", key.take(Machines.EFFECT_CANCEL_RUN).get(0).target());
  }

  @Test
  void arrival_repeated_isToldAgainAndTakesNoSecondPlace() {
    arrive(lease("e1"));
    arrive(lease("e1"));
    assertEquals(List.of("e1", "e1"), going());
    arrive(lease("e2"));
    assertEquals(List.of("e2"), going());
    arrive(lease("e3"));
    assertTrue(going().isEmpty());
  }

  @Test
  void consent_toWhatGoesAlready_holdsForItsNextAttempt() {
    arrive(lease("e1"));
    key.submit(TurnMachine.consent("e1", KEY));
    going();
    Conditions owner = Conditions.newBuilder().setOwnerConsent(true).build();
    arrive(lease("e1").setAttempt(2).setConditions(owner));
    look(facts());
    assertEquals(List.of("e1"), going());
  }

  private Step arriveAt(String execution, long fromMs) {
    return key.submit(
        TurnEvent.newBuilder().setArrived(lease(execution).setFromMs(fromMs)).build());
  }

  private long lookAtMs() {
    TimerChange timer = key.timers.get("look");
    assertNotNull(timer);
    return timer.atMs();
  }
}
