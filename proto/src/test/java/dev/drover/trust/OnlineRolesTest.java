package dev.drover.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.wire.ErrorCode;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sections 5.4 to 5.6: timestamp, snapshot and top-level targets. */
class OnlineRolesTest extends TufFixture {

  @Test
  void everything_verified_isKeptAsReceived() {
    refresh();
    assertKept("timestamp", repository.timestampBytes());
    assertKept("snapshot", repository.bytes("snapshot", 1));
    assertKept("targets", repository.bytes("targets", 1));
  }

  @Test
  void timestamp_withoutSignature_isRefusedAndNothingIsKept() {
    repository.signers.put("timestamp", List.of());
    repository.publishTimestamp();
    refused(ErrorCode.SIGNATURE_INVALID);
    assertFalse(store.documents.containsKey("timestamp"));
  }

  @Test
  void timestamp_ofALowerVersion_isRefused() {
    repository.nextAll();
    refresh();
    byte[] kept = repository.timestampBytes();
    repository.timestamp.put("version", 1);
    repository.publishTimestamp();

    refused(ErrorCode.METADATA_ROLLBACK);
    assertKept("timestamp", kept);
  }

  @Test
  void timestamp_announcingALowerSnapshot_isRefused() {
    repository.nextAll();
    refresh();
    byte[] kept = repository.timestampBytes();
    repository.snapshot.put("version", 1);
    repository.publishSnapshot();
    TestRepository.bump(repository.timestamp);
    repository.publishTimestamp();

    refused(ErrorCode.METADATA_ROLLBACK);
    assertKept("timestamp", kept);
  }

  @Test
  void timestamp_ofTheSameVersion_keepsTheOldBytesWithoutError() {
    refresh();
    byte[] kept = repository.timestampBytes();
    repository.timestamp.put("note", "another one");
    repository.publishTimestamp();

    refresh();
    assertKept("timestamp", kept);
  }

  @Test
  void timestamp_expired_isRefusedAndNotKept() {
    refresh();
    byte[] kept = repository.timestampBytes();
    repository.timestamp.put("expires", PAST);
    repository.nextAll();

    refused(ErrorCode.METADATA_EXPIRED);
    assertKept("timestamp", kept);
  }

  @Test
  void timestamp_expiredSinceItWasKept_failsAndStillPreventsARollback() {
    repository.timestamp.put("expires", "2026-11-22T00:00:00Z").put("version", 5);
    repository.publishTimestamp();
    refresh();
    Instant later = Instant.parse("2026-11-23T00:00:00Z");

    assertEquals(ErrorCode.METADATA_EXPIRED, codeAt(later));
    repository.timestamp.put("expires", TestRepository.FAR).put("version", 4);
    repository.publishTimestamp();
    assertEquals(ErrorCode.METADATA_ROLLBACK, codeAt(later));
    repository.timestamp.put("version", 6);
    repository.publishTimestamp();
    assertEquals(6, client.refresh(later).timestampVersion());
  }

  @Test
  void expiredAndBadlySigned_isNotATimeFailure() {
    repository.timestamp.put("expires", PAST);
    repository.signers.put("timestamp", List.of(repository.newSigner()));
    repository.publishTimestamp();
    refused(ErrorCode.SIGNATURE_INVALID);
  }

  @Test
  void expiredAndRolledBack_isNotATimeFailure() {
    repository.nextAll();
    refresh();
    repository.timestamp.put("expires", PAST).put("version", 1);
    repository.publishTimestamp();
    refused(ErrorCode.METADATA_ROLLBACK);
  }

  @Test
  void timestamp_describingAnotherFileToo_isRefused() {
    ((ObjectNode) repository.timestamp.get("meta")).putObject("x.json").put("version", 1);
    repository.publishTimestamp();
    refused(ErrorCode.MESSAGE_MALFORMED);
  }

  @Test
  void timestamp_absent_isUnavailable() {
    repository.published.remove(RoleVersion.latest("timestamp"));
    refused(ErrorCode.UNAVAILABLE);
  }

  @Test
  void snapshot_missingAtFirst_isFetchedLaterUnderTheSameTimestamp() {
    byte[] snapshot = repository.published.remove(new RoleVersion("snapshot", 1));
    refused(ErrorCode.UNAVAILABLE);
    assertKept("timestamp", repository.timestampBytes());

    repository.published.put(new RoleVersion("snapshot", 1), snapshot);
    assertEquals(1, refresh().snapshotVersion());
  }

  @Test
  void targets_missingAtFirst_areFetchedLaterUnderTheSameTimestamp() {
    byte[] targets = repository.published.remove(new RoleVersion("targets", 1));
    refused(ErrorCode.UNAVAILABLE);
    assertKept("snapshot", repository.bytes("snapshot", 1));

    repository.published.put(new RoleVersion("targets", 1), targets);
    assertEquals(1, refresh().targetsVersion());
  }

  @Test
  void snapshot_thatIsNotTheAnnouncedOne_isRefusedByHash() {
    repository.snapshot.put("expires", "2031-01-01T00:00:00Z");
    byte[] announced = repository.timestampBytes();
    repository.publishSnapshot();
    repository.published.put(RoleVersion.latest("timestamp"), announced);
    refused(ErrorCode.DIGEST_MISMATCH);
  }

  @Test
  void snapshot_badlySignedWithoutHashes_isRefusedBySignature() {
    repository.announcesHashes = false;
    repository.signers.put("snapshot", List.of(repository.newSigner()));
    repository.publishAll();
    refused(ErrorCode.SIGNATURE_INVALID);
    assertFalse(store.documents.containsKey("snapshot"));
  }

  @Test
  void snapshot_ofAnotherVersionThanAnnounced_isRefused() {
    repository.announcesHashes = false;
    repository.publishAll();
    TestRepository.bump(repository.snapshot);
    byte[] newer = SealedDocument.of(repository.snapshot, repository.signers.get("snapshot"));
    repository.published.put(new RoleVersion("snapshot", 1), newer);
    refused(ErrorCode.METADATA_ROLLBACK);
  }

  @Test
  void snapshot_whereTargetsFall_isRefusedEvenIfAnnounced() {
    repository.nextAll();
    refresh();
    repository.targetsOf("targets").put("version", 1);
    TestRepository.bump(repository.snapshot);
    TestRepository.bump(repository.timestamp);
    repository.publishAll();

    refused(ErrorCode.METADATA_ROLLBACK);
    assertKept("snapshot", repository.bytes("snapshot", 2));
  }

  @Test
  void snapshot_whereARoleVanished_isRefused() {
    repository.targetsOf("extra");
    repository.publishAll();
    refresh();
    repository.targets.remove("extra");
    repository.snapshot.withObject("/meta").remove("extra.json");
    repository.nextAll();
    refused(ErrorCode.METADATA_ROLLBACK);
  }

  @Test
  void snapshot_expired_isRefusedAndNotKept() {
    repository.snapshot.put("expires", PAST);
    repository.publishAll();
    refused(ErrorCode.METADATA_EXPIRED);
    assertFalse(store.documents.containsKey("snapshot"));
  }

  @Test
  void snapshot_expiredSinceItWasKept_stillPreventsARollback() {
    repository.nextAll();
    repository.snapshot.put("expires", "2026-11-22T00:00:00Z");
    repository.nextAll();
    refresh();
    Instant later = Instant.parse("2026-11-23T00:00:00Z");
    repository.snapshot.put("expires", TestRepository.FAR);
    repository.targetsOf("targets").put("version", 1);
    TestRepository.bump(repository.snapshot);
    TestRepository.bump(repository.timestamp);
    repository.publishAll();

    assertEquals(ErrorCode.METADATA_ROLLBACK, codeAt(later));
  }

  @Test
  void snapshot_withoutTargets_isRefused() {
    repository.snapshot.putObject("meta");
    repository.publishSnapshot();
    repository.publishTimestamp();
    refused(ErrorCode.UNAVAILABLE);
  }

  @Test
  void targets_thatAreNotTheAnnouncedOnes_areRefusedByHash() {
    repository.targetsOf("targets").put("expires", "2031-01-01T00:00:00Z");
    byte[] snapshot = repository.bytes("snapshot", 1);
    byte[] timestamp = repository.timestampBytes();
    repository.publishTargets("targets");
    repository.published.put(new RoleVersion("snapshot", 1), snapshot);
    repository.published.put(RoleVersion.latest("timestamp"), timestamp);
    refused(ErrorCode.DIGEST_MISMATCH);
  }

  @Test
  void targets_badlySigned_areRefused() {
    repository.signers.put("targets", List.of(repository.newSigner()));
    repository.publishAll();
    refused(ErrorCode.SIGNATURE_INVALID);
    assertFalse(store.documents.containsKey("targets"));
  }

  @Test
  void targets_ofAnotherVersionThanAnnounced_areRefused() {
    repository.announcesHashes = false;
    repository.publishAll();
    TestRepository.bump(repository.targetsOf("targets"));
    repository.published.put(
        new RoleVersion("targets", 1),
        SealedDocument.of(repository.targetsOf("targets"), repository.signers.get("targets")));
    refused(ErrorCode.METADATA_ROLLBACK);
  }

  @Test
  void targets_expired_areRefusedAndNotKept() {
    repository.targetsOf("targets").put("expires", PAST);
    repository.publishAll();
    refused(ErrorCode.METADATA_EXPIRED);
    assertFalse(store.documents.containsKey("targets"));
  }

  @Test
  void documents_ofAnotherType_areRefused() {
    repository.snapshot.put("_type", "targets");
    repository.publishAll();
    refused(ErrorCode.MESSAGE_MALFORMED);
  }

  @Test
  void source_answeringMoreThanAsked_isRefused() {
    repository.published.put(RoleVersion.latest("timestamp"), new byte[100_000]);
    refused(ErrorCode.LIMIT_EXCEEDED);
  }

  @Test
  void snapshot_expiredUnderTheSameTimestamp_isAskedForAgainAndRefused() {
    repository.snapshot.put("expires", "2026-11-22T00:00:00Z");
    repository.publishAll();
    refresh();
    repository.takeRequests();

    assertEquals(ErrorCode.METADATA_EXPIRED, codeAt(Instant.parse("2026-11-23T00:00:00Z")));
    assertEquals(
        List.of("root version 2", "timestamp", "snapshot version 1"), repository.takeRequests());
  }

  @Test
  void inconsistentSnapshots_areAskedForWithoutVersion() {
    repository.root.put("consistent_snapshot", false);
    repository.nextRoot();
    repository.published.put(RoleVersion.latest("snapshot"), repository.bytes("snapshot", 1));
    repository.published.put(RoleVersion.latest("targets"), repository.bytes("targets", 1));

    refresh();
    assertEquals(
        List.of("root version 2", "root version 3", "timestamp", "snapshot", "targets"),
        repository.takeRequests());
  }

  private ErrorCode codeAt(Instant time) {
    return Codes.of(() -> client.refresh(time));
  }
}
