package dev.drover.agent.core;

import static dev.drover.agent.core.InstallFixture.T;
import static dev.drover.agent.core.InstallFixture.begin;
import static dev.drover.agent.core.InstallFixture.broken;
import static dev.drover.agent.core.InstallFixture.done;
import static dev.drover.agent.core.InstallFixture.due;
import static dev.drover.agent.core.InstallFixture.event;
import static dev.drover.agent.core.InstallFixture.in;
import static dev.drover.agent.core.InstallFixture.install;
import static dev.drover.agent.core.InstallFixture.manifest;
import static dev.drover.agent.core.InstallFixture.offer;
import static dev.drover.agent.core.InstallFixture.progress;
import static dev.drover.agent.core.InstallFixture.reports;
import static dev.drover.agent.core.InstallFixture.row;
import static dev.drover.agent.core.InstallFixture.slots;
import static dev.drover.agent.core.InstallFixture.start;
import static dev.drover.agent.core.InstallFixture.state;
import static dev.drover.agent.core.InstallFixture.toStaged;
import static dev.drover.agent.core.InstallFixture.turns;
import static dev.drover.agent.core.InstallFixture.verdict;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.agent.core.InstallTable.Event;
import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.AuditRecord;
import dev.drover.agent.v1.FailedRelease;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.InstallOrder;
import dev.drover.agent.v1.SlotsRow;
import dev.drover.agent.v1.TurnArrived;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.RecordKind;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The work that an installation orders, what it records and what it refuses. */
class InstallWorkTest {
  private final OneKey<InstallEvent> key = new OneKey<>(new InstallMachine(), "install", T);

  @Test
  void work_isOrderedInItsTurnForTheCandidateThatWasFound() {
    begin(key, "e1", 1, 1);
    assertEquals(manifest(1), order(Machines.EFFECT_PREFLIGHT).getCandidate().getManifestSha256());
    key.submit(done("e1", InstallState.PREFLIGHT, 1, 4));
    InstallOrder fetch = order(Machines.EFFECT_FETCH);
    assertEquals("e1", fetch.getLease().getExecution());
    assertEquals(4, fetch.getCandidate().getReleaseCounter());
    assertEquals(manifest(101), fetch.getCandidate().getModelSha256());
    key.submit(done("e1", InstallState.FETCHING, 1, 4));
    assertEquals(fetch, order(Machines.EFFECT_STAGE));
    assertTrue(key.take(Machines.EFFECT_RESTART).isEmpty());
    key.submit(done("e1", InstallState.VERIFIED, 1, 4));
    assertEquals(1, key.take(Machines.EFFECT_RESTART).size());
  }

  @Test
  void work_thatIsOver_isRecordedWithItsError() {
    begin(key, "e1", 1, 1);
    InstallEvent.Builder failed = InstallFixture.failed("e1", InstallState.PREFLIGHT).toBuilder();
    failed.getStepBuilder().setAuditKey(InstallFixture.KEY);
    key.submit(failed.build());
    AuditRecord refused = records().get(0);
    assertEquals(RecordKind.RELEASE_REFUSED, refused.getKind());
    assertEquals(ErrorCode.DIGEST_MISMATCH.number(), refused.getRelease().getError());
    assertEquals(manifest(1), refused.getRelease().getManifestSha256());
    assertTrue(key.timers.isEmpty());
  }

  @Test
  void progress_isReportedWhereItChangesAndWithinItsBounds() {
    begin(key, "e1", 1, 1);
    reports(key);
    key.submit(progress("e1", 5));
    assertEquals(5, reports(key).get(0).getProgressPermille());
    assertTrue(key.submit(progress("e1", 5)).rows().isEmpty());
    assertTrue(reports(key).isEmpty());
    key.submit(progress("e1", 1001));
    assertEquals(1000, reports(key).get(0).getProgressPermille());
    assertTrue(key.submit(progress("e1", 1000)).rows().isEmpty());
  }

  @Test
  void trial_startedAgain_isSinceThen() {
    toStaged(key, 1, 1);
    start(key);
    assertEquals(T, row(key).getSinceMs());
    key.nowMs = T + 5;
    start(key);
    assertEquals(T + 5, row(key).getSinceMs());
  }

  @Test
  void trial_withoutAVerdict_isRecordedRememberedAndItsSlotCollected() {
    toStaged(key, 1, 1);
    start(key);
    start(key);
    key.owed.clear();
    start(key);
    assertEquals(RecordKind.RELEASE_ROLLED_BACK, records().get(0).getKind());
    assertEquals(1, key.take(Machines.EFFECT_COLLECT).size());
    assertEquals(1, slots(key).getFailedCount());
    reports(key);
    key.submit(offer("e9", 1, 1, 1));
    assertEquals(ErrorCode.TRIAL_FAILED.number(), reports(key).get(0).getError());
  }

  @Test
  void trial_refused_isRecordedAndOtherReleasesMayCome() {
    toStaged(key, 1, 1);
    start(key);
    key.owed.clear();
    key.submit(verdict(1, ErrorCode.MODEL_CORRUPT));
    AuditRecord record = records().get(0);
    assertEquals(RecordKind.RELEASE_ROLLED_BACK, record.getKind());
    assertEquals(ErrorCode.MODEL_CORRUPT.number(), record.getRelease().getError());
    key.submit(offer("e2", 1, 2, 2));
    assertEquals(InstallState.WAITING, state(key));
  }

  @Test
  void verdict_onAnotherRelease_isRefused() {
    toStaged(key, 1, 1);
    start(key);
    DroverException refused =
        assertThrows(DroverException.class, () -> key.submit(verdict(2, null)));
    assertEquals(ErrorCode.ILLEGAL_TRANSITION, refused.code());
    assertEquals(InstallState.TRIAL, state(key));
  }

  @Test
  void broken_isRecorded_asWhatItIs_whateverIsInstalledNow() {
    install(key, 1, 1);
    key.submit(offer("e2", 1, 2, 2));
    key.owed.clear();
    key.submit(broken(2));
    assertTrue(records().isEmpty());
    key.submit(broken(1));
    AuditRecord record = records().get(0);
    assertEquals(RecordKind.RELEASE_ROLLED_BACK, record.getKind());
    assertEquals(1, record.getRelease().getReleaseCounter());
    assertEquals(manifest(1), record.getRelease().getManifestSha256());
    assertEquals(ErrorCode.MODEL_CORRUPT.number(), record.getRelease().getError());
    assertEquals("", record.getRelease().getExecution());
  }

  @Test
  void failures_32AreRemembered() {
    for (int release = 1; release <= 32; release++) {
      toStaged(key, release, release);
      start(key);
      key.submit(verdict(release, ErrorCode.MODEL_CORRUPT));
    }
    assertEquals(manifest(1), failures().get(0));
    assertEquals(32, failures().size());
    toStaged(key, 33, 33);
    start(key);
    key.submit(verdict(33, ErrorCode.MODEL_CORRUPT));
    assertEquals(manifest(2), failures().get(0));
    assertEquals(manifest(33), failures().get(31));
  }

  @Test
  void offer_duringATrial_isRejectedWhileTheTrialGoesOn() {
    toStaged(key, 1, 1);
    start(key);
    key.owed.clear();
    key.submit(offer("e2", 3, 2, 2));
    ExecutionReport busy = reports(key).get(0);
    assertEquals("e2", busy.getExecution());
    assertEquals(3, busy.getAttempt());
    assertEquals(ExecutionState.REJECTED, busy.getState());
    assertEquals(ErrorCode.RESOURCE_EXHAUSTED.number(), busy.getError());
    assertEquals(InstallState.TRIAL, state(key));
  }

  @Test
  void offer_withoutAManifest_isRejected() {
    InstallEvent.Builder offer = offer("e1", 1, 1, 1).toBuilder();
    offer
        .getOfferBuilder()
        .getLeaseBuilder()
        .getTaskBuilder()
        .getInstallBuilder()
        .setManifestSha256(ByteString.EMPTY);
    key.submit(offer.build());
    assertEquals(InstallState.REJECTED, state(key));
    assertEquals(ErrorCode.INVALID_ARGUMENT.number(), reports(key).get(0).getError());
  }

  @Test
  void offer_sameAttemptAgainAfterTheEnd_isOnlyReported() {
    OneKey<InstallEvent> failed = in(InstallState.FAILED);
    reports(failed);
    turns(failed);
    failed.submit(offer("e1", 1, 1, 1));
    assertEquals(InstallState.FAILED, state(failed));
    assertEquals(ExecutionState.FAILED, reports(failed).get(0).getState());
    assertTrue(turns(failed).isEmpty());
    failed.submit(offer("e1", 2, 1, 1));
    assertEquals(InstallState.WAITING, state(failed));
  }

  @Test
  void offer_clockBehindTheHub_keepsLengthsOfTime() {
    InstallEvent.Builder behind = offer("e1", 1, 1, 1).toBuilder();
    behind.getOfferBuilder().setAheadMs(60_000).getLeaseBuilder().setNotBeforeMs(T + 90_000);
    key.submit(behind.build());
    TurnArrived arrived = turns(key).get(0).getArrived();
    assertEquals(T + 30_000, arrived.getFromMs());
    assertEquals(T + 140_000, row(key).getDeadlineAtMs());
    reports(key);
    key.advance(39_999);
    assertEquals(InstallState.WAITING, state(key));
    key.advance(1);
    assertEquals(InstallState.REJECTED, state(key));
  }

  @Test
  void run_withoutALimit_lastsToTheDeadline() {
    begin(key, "e1", 1, 1);
    key.advance(199_999);
    assertEquals(InstallState.PREFLIGHT, state(key));
    key.advance(1);
    assertEquals(InstallState.FAILED, state(key));
  }

  @Test
  void timers_ofAnEarlierAttempt_meanNothing() {
    key.submit(offer("e1", 1, 1, 1));
    key.submit(offer("e1", 2, 1, 1));
    key.owed.clear();
    for (Event late : List.of(Event.WAITED, Event.EXPIRED, Event.TIMED_OUT)) {
      assertTrue(key.submit(event(late, InstallState.WAITING)).rows().isEmpty(), late.name());
    }
    assertEquals(InstallState.WAITING, state(key));
    assertTrue(key.owed.isEmpty());
    key.submit(due("e1", 2));
    assertEquals(InstallState.PREFLIGHT, state(key));
  }

  private InstallOrder order(String kind) {
    return OneKey.parse(InstallOrder.parser(), key.take(kind).get(0).payload());
  }

  private List<ByteString> failures() {
    SlotsRow slots = slots(key);
    return slots.getFailedList().stream().map(FailedRelease::getManifestSha256).toList();
  }

  private List<AuditRecord> records() {
    return key.sent(Machines.AUDIT, AuditEvent.parser()).stream()
        .map(e -> OneKey.parse(AuditRecord.parser(), e.getAppend().getRecord().toByteArray()))
        .toList();
  }
}
