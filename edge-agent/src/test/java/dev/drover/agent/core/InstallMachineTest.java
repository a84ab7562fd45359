package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.agent.core.InstallTable.Event;
import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.InstallBroken;
import dev.drover.agent.v1.InstallDeadline;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.InstallOffer;
import dev.drover.agent.v1.InstallProgress;
import dev.drover.agent.v1.InstallRevoked;
import dev.drover.agent.v1.InstallRow;
import dev.drover.agent.v1.InstallStart;
import dev.drover.agent.v1.InstallStep;
import dev.drover.agent.v1.InstallVerdict;
import dev.drover.agent.v1.SlotDecision;
import dev.drover.agent.v1.SlotRef;
import dev.drover.agent.v1.SlotsRow;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.machine.Step;
import dev.drover.testkit.GeneratedDoc;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstallPhase;
import dev.drover.v1.InstallTask;
import dev.drover.v1.Lease;
import dev.drover.v1.Task;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class InstallMachineTest {
  private static final long T = 1_000_000;
  private static final ByteString KEY = ByteString.copyFrom(new byte[32]);

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
  void offer_otherReleaseWhileFetching_overtakes() {
    key.submit(offer("e1", 1, 1, 1));
    key.submit(done("e1", InstallState.PREFLIGHT, 1));
    reports(key);
    key.submit(offer("e2", 1, 2, 2));
    List<ExecutionReport> reports = reports(key);
    assertEquals(ExecutionState.CANCELLED, reports.get(0).getState());
    assertEquals("e1", reports.get(0).getExecution());
    assertEquals(InstallState.PREFLIGHT, state(key));
    DroverException refused =
        assertThrows(DroverException.class, () -> key.submit(progress("e1", 10)));
    assertEquals(ErrorCode.CANCELLED, refused.code());
    key.submit(done("e1", InstallState.FETCHING, 1));
    assertEquals(InstallState.PREFLIGHT, state(key));
  }

  @Test
  void offer_sameExecutionAgain_goesOnUnderTheNewAttempt() {
    key.submit(offer("e1", 1, 1, 1));
    key.submit(done("e1", InstallState.PREFLIGHT, 1));
    reports(key);
    key.submit(offer("e1", 2, 1, 1));
    assertEquals(InstallState.FETCHING, state(key));
    assertEquals(2, reports(key).get(0).getAttempt());
  }

  @Test
  void deadline_whileFetching_fails() {
    key.submit(offer("e1", 1, 1, 1));
    key.submit(done("e1", InstallState.PREFLIGHT, 1));
    reports(key);
    key.advance(300_000);
    assertEquals(InstallState.FAILED, state(key));
    assertEquals(ErrorCode.DEADLINE_EXCEEDED.number(), reports(key).get(0).getError());
  }

  @Test
  void broken_committedSlot_fallsBackToTheOneBefore() {
    install(key, 1, 1);
    install(key, 2, 2);
    Step step = key.submit(event(Event.BROKEN, InstallState.COMMITTED, 2));
    SlotDecision decision = OneKey.parse(SlotDecision.parser(), reply(step));
    assertEquals(manifest(1), decision.getSlot().getManifestSha256());
    assertEquals(manifest(1), slots(key).getCommitted().getManifestSha256());
    assertEquals(2, slots(key).getReleaseCounter());
  }

  private static byte[] reply(Step step) {
    byte[] reply = step.reply();
    return reply == null ? new byte[0] : reply;
  }

  private static OneKey<InstallEvent> in(InstallState state) {
    OneKey<InstallEvent> key = new OneKey<>(new InstallMachine(), "install", T);
    switch (state) {
      case IDLE -> {}
      case COMMITTED -> install(key, 1, 1);
      case REJECTED -> {
        key.submit(offer("e1", 1, 1, 1));
        key.submit(failed("e1", InstallState.PREFLIGHT));
      }
      case PREFLIGHT -> key.submit(offer("e1", 1, 1, 1));
      case FETCHING, FAILED, CANCELLED, VERIFIED -> {
        key.submit(offer("e1", 1, 1, 1));
        key.submit(done("e1", InstallState.PREFLIGHT, 1));
        if (state == InstallState.FAILED) {
          key.submit(failed("e1", InstallState.FETCHING));
        } else if (state == InstallState.CANCELLED) {
          key.submit(event(Event.REVOKED, state));
        } else if (state == InstallState.VERIFIED) {
          key.submit(done("e1", InstallState.FETCHING, 1));
        }
      }
      case STAGED -> toStaged(key, 1, 1);
      case TRIAL, ROLLED_BACK -> {
        toStaged(key, 1, 1);
        start(key);
        if (state == InstallState.ROLLED_BACK) {
          key.submit(verdict(1, ErrorCode.MODEL_CORRUPT));
        }
      }
    }
    return key;
  }

  private static InstallEvent event(Event event, InstallState state) {
    return event(event, state, 1);
  }

  private static InstallEvent event(Event event, InstallState state, int release) {
    InstallEvent.Builder out = InstallEvent.newBuilder();
    switch (event) {
      case OFFERED -> out.mergeFrom(offer("e7", 1, 7, 7));
      case DONE -> out.mergeFrom(done("e1", state, release));
      case FAILED -> out.mergeFrom(failed("e1", state));
      case PROGRESSED -> out.mergeFrom(progress("e1", 5));
      case STARTED -> out.setStart(InstallStart.newBuilder().setAuditKey(KEY));
      case PASSED -> out.mergeFrom(verdict(release, null));
      case REFUSED -> out.mergeFrom(verdict(release, ErrorCode.MODEL_CORRUPT));
      case REVOKED -> out.setRevoked(InstallRevoked.newBuilder().setExecution("e1"));
      case TIMED_OUT ->
          out.setDeadline(InstallDeadline.newBuilder().setExecution("e1").setAttempt(1));
      case BROKEN ->
          out.setBroken(
              InstallBroken.newBuilder().setManifestSha256(manifest(release)).setAuditKey(KEY));
    }
    return out.build();
  }

  private static OneKey<InstallEvent> install(OneKey<InstallEvent> key, int release, long counter) {
    toStaged(key, release, counter);
    start(key);
    key.submit(verdict(release, null));
    return key;
  }

  private static void toStaged(OneKey<InstallEvent> key, int release, long counter) {
    String execution = "e" + release;
    key.submit(offer(execution, 1, release, counter));
    key.submit(done(execution, InstallState.PREFLIGHT, release, counter));
    key.submit(done(execution, InstallState.FETCHING, release, counter));
    key.submit(done(execution, InstallState.VERIFIED, release, counter));
  }

  private static SlotDecision start(OneKey<InstallEvent> key) {
    InstallStart start = InstallStart.newBuilder().setAuditKey(KEY).build();
    Step step = key.submit(InstallEvent.newBuilder().setStart(start).build());
    return OneKey.parse(SlotDecision.parser(), reply(step));
  }

  private static InstallEvent offer(String execution, int attempt, int release, long counter) {
    InstallTask task =
        InstallTask.newBuilder()
            .setManifestSha256(manifest(release))
            .setReleaseCounter(counter)
            .build();
    Lease lease =
        Lease.newBuilder()
            .setExecution(execution)
            .setAttempt(attempt)
            .setExpiresMs(T + 100_000)
            .setDeadlineMs(T + 200_000)
            .setTask(Task.newBuilder().setInstall(task))
            .build();
    return InstallEvent.newBuilder().setOffer(InstallOffer.newBuilder().setLease(lease)).build();
  }

  private static InstallEvent done(String execution, InstallState of, int release) {
    return done(execution, of, release, release);
  }

  private static InstallEvent done(String execution, InstallState of, int release, long counter) {
    SlotRef candidate =
        SlotRef.newBuilder()
            .setManifestSha256(manifest(release))
            .setReleaseCounter(counter)
            .setModelSha256(manifest(100 + release))
            .build();
    return InstallEvent.newBuilder()
        .setStep(
            InstallStep.newBuilder()
                .setExecution(execution)
                .setOfState(of.name())
                .setCandidate(candidate)
                .setAuditKey(KEY))
        .build();
  }

  private static InstallEvent failed(String execution, InstallState of) {
    return InstallEvent.newBuilder()
        .setStep(
            InstallStep.newBuilder()
                .setExecution(execution)
                .setOfState(of.name())
                .setError(ErrorCode.DIGEST_MISMATCH.number()))
        .build();
  }

  private static InstallEvent progress(String execution, int permille) {
    return InstallEvent.newBuilder()
        .setProgress(InstallProgress.newBuilder().setExecution(execution).setPermille(permille))
        .build();
  }

  private static InstallEvent verdict(
      int release, @org.jspecify.annotations.Nullable ErrorCode error) {
    return InstallEvent.newBuilder()
        .setVerdict(
            InstallVerdict.newBuilder()
                .setManifestSha256(manifest(release))
                .setError(error == null ? 0 : error.number())
                .setAuditKey(KEY))
        .build();
  }

  private static ByteString manifest(int release) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) release);
    return ByteString.copyFrom(bytes);
  }

  private static InstallRow row(OneKey<InstallEvent> key) {
    return Machines.row(
        key, InstallMachine.ROW, InstallRow.parser(), InstallRow.getDefaultInstance());
  }

  private static SlotsRow slots(OneKey<InstallEvent> key) {
    return Machines.row(
        key, InstallMachine.SLOTS, SlotsRow.parser(), SlotsRow.getDefaultInstance());
  }

  private static InstallState state(OneKey<InstallEvent> key) {
    return InstallState.of(row(key).getState());
  }

  private static List<ExecutionReport> reports(OneKey<InstallEvent> key) {
    return key.sent(Machines.UPLINK, UplinkEvent.parser()).stream()
        .map(UplinkEvent::getReport)
        .toList();
  }
}
