package dev.drover.agent.core;

import static dev.drover.agent.core.InstallFixture.T;
import static dev.drover.agent.core.InstallFixture.broken;
import static dev.drover.agent.core.InstallFixture.event;
import static dev.drover.agent.core.InstallFixture.in;
import static dev.drover.agent.core.InstallFixture.install;
import static dev.drover.agent.core.InstallFixture.manifest;
import static dev.drover.agent.core.InstallFixture.offer;
import static dev.drover.agent.core.InstallFixture.reply;
import static dev.drover.agent.core.InstallFixture.reports;
import static dev.drover.agent.core.InstallFixture.row;
import static dev.drover.agent.core.InstallFixture.slots;
import static dev.drover.agent.core.InstallFixture.start;
import static dev.drover.agent.core.InstallFixture.state;
import static dev.drover.agent.core.InstallFixture.toStaged;
import static dev.drover.agent.core.InstallFixture.verdict;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.core.InstallTable.Event;
import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.SlotDecision;
import dev.drover.agent.v1.SlotsRow;
import dev.drover.machine.Step;
import dev.drover.testkit.GeneratedDoc;
import dev.drover.v1.ExecutionMeasures;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstallPhase;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InstallMachineTest {
  private static final Set<Event> MAY_BE_LATE =
      EnumSet.of(Event.DUE, Event.WAITED, Event.EXPIRED, Event.DONE, Event.FAILED, Event.TIMED_OUT);

  private final OneKey<InstallEvent> key = new OneKey<>(new InstallMachine(), "install", T);

  @Test
  void table_everyPair_movesOrIsRejected() {
    for (InstallState state : InstallState.values()) {
      for (Event event : Event.values()) {
        OneKey<InstallEvent> at = in(state);
        assertEquals(state, state(at), "setup");
        if (InstallMachine.TABLE.allows(state, event)) {
          at.submit(event(event, state));
          InstallState next = state(at);
          boolean listed =
              InstallMachine.TABLE.rows().stream()
                  .anyMatch(r -> r.from() == state && r.event() == event && r.to().contains(next));
          assertTrue(listed, state + " " + event + " " + next);
        } else if (MAY_BE_LATE.contains(event)) {
          assertTrue(at.submit(event(event, state)).rows().isEmpty(), state + " " + event);
          assertEquals(state, state(at));
        } else {
          assertThrows(
              DroverException.class, () -> at.submit(event(event, state)), state + " " + event);
          assertEquals(state, state(at));
        }
      }
    }
  }

  @Test
  void diagram_isThatOfTheTable() {
    GeneratedDoc.check(
        "docs/machines/install.md",
        "# An installation on the device\n\nGenerated from the table of `InstallMachine`.\n\n"
            + "```mermaid\n"
            + InstallMachine.TABLE.mermaid()
            + "```\n");
  }

  @Test
  void release_wholeWay_commitsAndReports() {
    assertEquals(InstallState.COMMITTED, state(install(key, 1, 1)));
    SlotsRow slots = slots(key);
    assertEquals(manifest(1), slots.getCommitted().getManifestSha256());
    assertFalse(slots.hasPrevious());
    List<ExecutionReport> reports = reports(key);
    ExecutionReport last = reports.get(reports.size() - 1);
    assertEquals(ExecutionState.SUCCEEDED, last.getState());
    assertEquals(InstallPhase.COMMITTED, last.getInstall());
    assertEquals(manifest(1), last.getInstalled().getManifestSha256());
    assertEquals(1, key.take(Machines.EFFECT_RESTART).size());
    assertEquals(1, key.take(Machines.EFFECT_COLLECT).size());
    assertEquals(2, key.sent(Machines.AUDIT, AuditEvent.parser()).size());
  }

  @Test
  void release_second_keepsTheFirstAsPrevious() {
    install(key, 1, 1);
    install(key, 2, 2);
    assertEquals(manifest(2), slots(key).getCommitted().getManifestSha256());
    assertEquals(manifest(1), slots(key).getPrevious().getManifestSha256());
  }

  @Test
  void trial_startIsCountedBeforeTheDecisionIsGiven() {
    toStaged(key, 1, 1);
    SlotDecision first = start(key);
    assertTrue(first.getTrial());
    assertEquals(1, row(key).getTrialStarts());
    SlotDecision second = start(key);
    assertTrue(second.getTrial());
    assertEquals(2, row(key).getTrialStarts());
  }

  @Test
  void trial_twoStartsWithoutVerdict_returnsToTheCommittedSlotByItself() {
    install(key, 1, 1);
    toStaged(key, 2, 2);
    start(key);
    start(key);
    reports(key);
    SlotDecision third = start(key);
    assertFalse(third.getTrial());
    assertEquals(manifest(1), third.getSlot().getManifestSha256());
    ExecutionReport report = reports(key).get(0);
    assertEquals(ExecutionState.FAILED, report.getState());
    assertEquals(InstallPhase.ROLLED_BACK, report.getInstall());
    assertEquals(ErrorCode.TRIAL_FAILED.number(), report.getError());
    assertEquals(manifest(1), report.getInstalled().getManifestSha256());
    assertFalse(start(key).getTrial());
  }

  @Test
  void trial_refused_rollsBackRemembersAndRestarts() {
    install(key, 1, 1);
    toStaged(key, 2, 2);
    start(key);
    key.owed.clear();
    key.submit(verdict(2, ErrorCode.MODEL_CORRUPT));
    assertEquals(1, key.take(Machines.EFFECT_RESTART).size());
    assertEquals(InstallState.ROLLED_BACK, state(key));
    reports(key);
    key.submit(offer("e9", 1, 2, 2));
    assertEquals(InstallState.REJECTED, state(key));
    assertEquals(ErrorCode.MODEL_CORRUPT.number(), reports(key).get(0).getError());
  }

  @Test
  void offer_lowerCounter_isRejected() {
    install(key, 1, 5);
    reports(key);
    key.submit(offer("e2", 1, 2, 4));
    assertEquals(InstallState.REJECTED, state(key));
    assertEquals(ErrorCode.METADATA_ROLLBACK.number(), reports(key).get(0).getError());
  }

  @Test
  void offer_committedManifest_succeedsAtOnce() {
    install(key, 1, 1);
    reports(key);
    key.owed.clear();
    key.submit(offer("e2", 1, 1, 1));
    assertEquals(ExecutionState.SUCCEEDED, reports(key).get(0).getState());
    assertTrue(key.take(Machines.EFFECT_PREFLIGHT).isEmpty());
  }

  @Test
  void figuresOfATrial_areToldWithTheCommit_andByWhoIsAskedForTheSameAgain() {
    ExecutionMeasures measured =
        ExecutionMeasures.newBuilder()
            .setMillitokensPerSecond(12_345)
            .setEvalPassPermille(750)
            .build();
    toStaged(key, 1, 1);
    start(key);
    assertTrue(reports(key).stream().noneMatch(ExecutionReport::hasMeasures));
    InstallEvent.Builder passed = verdict(1, null).toBuilder();
    passed.getVerdictBuilder().setMeasures(measured);
    key.submit(passed.build());
    assertEquals(measured, reports(key).get(0).getMeasures());

    key.submit(offer("e2", 1, 1, 1));
    assertEquals(measured, reports(key).get(0).getMeasures());

    key.submit(offer("e3", 1, 2, 2));
    assertFalse(reports(key).get(0).hasMeasures(), "they are of another release");
  }

  @Test
  void broken_committedSlot_fallsBackToTheOneBefore() {
    install(key, 1, 1);
    install(key, 2, 2);
    Step step = key.submit(broken(2));
    SlotDecision decision = OneKey.parse(SlotDecision.parser(), reply(step));
    assertEquals(manifest(1), decision.getSlot().getManifestSha256());
    assertEquals(manifest(1), slots(key).getCommitted().getManifestSha256());
    assertEquals(2, slots(key).getReleaseCounter());
  }

  @Test
  void broken_onlySlot_leavesNone() {
    install(key, 1, 1);
    Step step = key.submit(broken(1));
    assertFalse(OneKey.parse(SlotDecision.parser(), reply(step)).hasSlot());
    Step again = key.submit(broken(1));
    assertFalse(OneKey.parse(SlotDecision.parser(), reply(again)).hasSlot());
  }
}
