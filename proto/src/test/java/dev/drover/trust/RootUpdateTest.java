package dev.drover.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Section 5.3, and the root hint of sources that cannot say "there is none". */
class RootUpdateTest extends TufFixture {

  @Test
  void initialRoot_notSignedByItself_isRefusedWithoutARequest() {
    store.documents.clear();
    repository.publishRootContent(List.of(repository.newSigner()));

    assertThrows(DroverException.class, () -> client(TrustOptions.DIRECTORY));

    store.store("root", repository.bytes("root", 1));
    refused(ErrorCode.SIGNATURE_INVALID);
    assertEquals(List.of(), repository.takeRequests());
  }

  @Test
  void refresh_withoutAnyRoot_isNotFoundWithoutARequest() {
    store.documents.clear();
    refused(ErrorCode.NOT_FOUND);
    assertEquals(List.of(), repository.takeRequests());
  }

  @Test
  void initialRoot_whereOneIsTrusted_changesNothing() {
    byte[] first = repository.bytes("root", 1);
    repository.nextRoot();

    client.trustInitialRoot(repository.bytes("root", 2));

    assertKept("root", first);
  }

  @Test
  void refresh_firstAndSecondTime_requestsExactlyWhatIsNeeded() {
    assertEquals(1, refresh().rootVersion());
    assertEquals(
        List.of("root version 2", "timestamp", "snapshot version 1", "targets version 1"),
        repository.takeRequests());

    refresh();
    assertEquals(List.of("root version 2", "timestamp"), repository.takeRequests());
  }

  @Test
  void rootChain_severalSteps_isWalkedAndKept() {
    repository.nextRoot();
    Signer old = repository.signers.get("root").get(0);
    repository.signers.put("root", List.of(repository.newSigner(), repository.newSigner()));
    repository.thresholds.put("root", 2);
    repository.nextRoot(old);
    repository.nextRoot();

    assertEquals(4, refresh().rootVersion());
    assertKept("root", repository.bytes("root", 4));
  }

  @Test
  void nextRoot_notSignedByTheOldKeys_isRefused() {
    byte[] first = repository.bytes("root", 1);
    repository.signers.put("root", List.of(repository.newSigner()));
    repository.nextRoot();

    refused(ErrorCode.SIGNATURE_INVALID);
    assertKept("root", first);
  }

  @Test
  void nextRoot_notSignedByItsOwnKeys_isRefused() {
    List<Signer> old = repository.signers.get("root");
    repository.signers.put("root", List.of(repository.newSigner()));
    repository.nextRoot();
    repository.publishRootContent(old);

    refused(ErrorCode.SIGNATURE_INVALID);
  }

  @Test
  void nextRoot_withAnotherVersionThanAsked_isRefused() {
    repository.published.put(new RoleVersion("root", 2), repository.bytes("root", 1));
    refused(ErrorCode.METADATA_ROLLBACK);

    TestRepository.bump(repository.root);
    TestRepository.bump(repository.root);
    repository.publishRoot();
    repository.published.put(new RoleVersion("root", 2), repository.bytes("root", 3));
    refused(ErrorCode.METADATA_ROLLBACK);
  }

  @Test
  void expiredRoot_inTheMiddle_doesNotMatter() {
    repository.root.put("expires", PAST);
    repository.nextRoot();
    repository.root.put("expires", TestRepository.FAR);
    repository.nextRoot();

    assertEquals(3, refresh().rootVersion());
  }

  @Test
  void expiredRoot_atTheEnd_isKeptAndFailsAsATimeFailure() {
    repository.root.put("expires", PAST);
    repository.nextRoot();

    refused(ErrorCode.METADATA_EXPIRED);

    assertKept("root", repository.bytes("root", 2));
    assertFalse(repository.takeRequests().contains("timestamp"));
  }

  @Test
  void expiry_atExactlyTheStartTime_hasPassed() {
    repository.root.put("expires", NOW.toString());
    repository.nextRoot();
    refused(ErrorCode.METADATA_EXPIRED);
  }

  @Test
  void rootChain_beyondTheLimit_isContinuedByTheNextRefresh() {
    for (int i = 0; i < MetadataLimits.ROOT_STEPS_MAX + 1; i++) {
      repository.nextRoot();
    }
    assertEquals(1 + MetadataLimits.ROOT_STEPS_MAX, refresh().rootVersion());
    assertEquals(2 + MetadataLimits.ROOT_STEPS_MAX, refresh().rootVersion());
  }

  @Test
  void root_largerThanTheLimit_isRefused() {
    repository.root.put("filler", "x".repeat(MetadataLimits.ROOT_BYTES_MAX));
    repository.nextRoot();
    refused(ErrorCode.LIMIT_EXCEEDED);
  }

  @Test
  void root_withoutOneOfTheRoles_isRefused() {
    repository.nextRoot();
    repository.root.withObject("/roles").remove("snapshot");
    repository.publishRootContent(repository.signers.get("root"));
    refused(ErrorCode.MESSAGE_MALFORMED);
  }

  @Test
  void timestampKeys_rotatedAfterAFastForward_forgetTheOldVersions() {
    repository.timestamp.put("version", 99_999);
    repository.publishTimestamp();
    refresh();

    repository.signers.put("timestamp", List.of(repository.newSigner()));
    repository.nextRoot();
    repository.timestamp.put("version", 2);
    repository.publishTimestamp();

    assertEquals(2, refresh().timestampVersion());
  }

  @Test
  void snapshotKeys_rotatedAfterAFastForward_forgetTheOldVersions() {
    repository.snapshot.put("version", 99_999);
    repository.publishAll();
    refresh();

    repository.signers.put("snapshot", List.of(repository.newSigner()));
    repository.nextRoot();
    repository.snapshot.put("version", 2);
    TestRepository.bump(repository.timestamp);
    repository.publishAll();

    assertEquals(2, refresh().snapshotVersion());
  }

  @Test
  void oneOfTwoTimestampKeys_removed_forgetsWhatTheOtherSigned() {
    Signer stays = repository.signers.get("timestamp").get(0);
    repository.signers.put("timestamp", List.of(stays, repository.newSigner()));
    repository.nextRoot();
    repository.timestamp.put("version", 99_999);
    repository.publishTimestamp();
    refresh();

    repository.signers.put("timestamp", List.of(stays));
    repository.nextRoot();
    repository.timestamp.put("version", 2);
    repository.publishTimestamp();

    assertEquals(2, refresh().timestampVersion());
  }

  @Test
  void rotation_cutShortBeforeTheRootIsKept_isFinishedByTheNextRefresh() {
    repository.timestamp.put("version", 99_999);
    repository.publishTimestamp();
    refresh();
    Signer stays = repository.signers.get("timestamp").get(0);
    repository.signers.put("timestamp", List.of(stays, repository.newSigner()));
    repository.nextRoot();
    repository.timestamp.put("version", 2);
    repository.publishTimestamp();

    List<String> order = new ArrayList<>();
    TrustStore failing =
        new TrustStore() {
          @Override
          public java.util.Optional<byte[]> load(String role) {
            return store.load(role);
          }

          @Override
          public void store(String role, byte[] document) {
            order.add("store " + role);
            throw new DroverException(ErrorCode.DISK_FULL, "no space");
          }

          @Override
          public void delete(String role) {
            order.add("delete " + role);
            store.delete(role);
          }
        };
    TufClient cutShort = new TufClient(repository, failing, TrustOptions.DIRECTORY);
    assertThrows(DroverException.class, () -> cutShort.refresh(NOW));

    assertEquals(List.of("delete timestamp", "delete snapshot", "store root"), order);
    assertEquals(2, refresh().timestampVersion());
  }

  @Test
  void onlyTargetsKeys_rotated_keepRollbackProtection() {
    repository.timestamp.put("version", 5);
    repository.publishTimestamp();
    refresh();

    repository.signers.put("targets", List.of(repository.newSigner()));
    repository.nextRoot();
    repository.timestamp.put("version", 4);
    repository.publishTimestamp();

    refused(ErrorCode.METADATA_ROLLBACK);
  }

  @Test
  void hint_ofTheNewestRoot_isFollowedWithoutProbing() {
    client = client(TrustOptions.BROKER);
    repository.announcesRoot = true;
    repository.nextRoot();
    repository.nextRoot();
    repository.publishTimestamp();

    assertEquals(3, refresh().rootVersion());
    assertEquals(
        List.of(
            "timestamp",
            "root version 2",
            "root version 3",
            "snapshot version 1",
            "targets version 1"),
        repository.takeRequests());
  }

  @Test
  void hint_beyondTheLimit_isContinuedByTheNextRefresh() {
    client = client(TrustOptions.BROKER);
    repository.announcesRoot = true;
    for (int i = 0; i < MetadataLimits.ROOT_STEPS_MAX + 1; i++) {
      repository.nextRoot();
    }
    repository.publishTimestamp();
    assertEquals(1 + MetadataLimits.ROOT_STEPS_MAX, refresh().rootVersion());
    assertEquals(2 + MetadataLimits.ROOT_STEPS_MAX, refresh().rootVersion());
  }

  @Test
  void checkRoot_returnsTheVersionOfASelfSignedRootOnly() {
    repository.nextRoot();
    assertEquals(2, TufClient.checkRoot(repository.bytes("root", 2), TrustOptions.BROKER));
    byte[] timestamp = repository.timestampBytes();
    assertEquals(
        ErrorCode.MESSAGE_MALFORMED,
        Codes.of(() -> TufClient.checkRoot(timestamp, TrustOptions.BROKER)));
  }

  @Test
  void hint_withoutTheField_asksForNoRoot() {
    client = client(TrustOptions.BROKER);
    assertEquals(1, refresh().rootVersion());
    assertEquals(
        List.of("timestamp", "snapshot version 1", "targets version 1"), repository.takeRequests());
  }

  @Test
  void hint_ofARootThatIsNotThere_fails() {
    client = client(TrustOptions.BROKER);
    repository.timestamp.put("x-root-version", 7);
    repository.publishTimestamp();

    refused(ErrorCode.UNAVAILABLE);
    assertEquals(List.of("timestamp", "root version 2"), repository.takeRequests());
  }

  @Test
  void hint_thatIsForged_isRefusedWithTheTimestamp() {
    client = client(TrustOptions.BROKER);
    repository.nextRoot();
    repository.timestamp.put("x-root-version", 1);
    repository.signers.put("timestamp", List.of(repository.newSigner()));
    repository.publishTimestamp();

    refused(ErrorCode.SIGNATURE_INVALID);
  }

  @Test
  void stored_afterARefresh_needsNoSourceAndNoTime() {
    assertTrue(client.stored().isEmpty());
    repository.addTarget("targets", "a");
    repository.publishAll();
    refresh();
    repository.takeRequests();

    TrustedRepository stored = client.stored().orElseThrow();

    assertEquals("a", stored.find("a").orElseThrow().path());
    assertEquals(List.of(), repository.takeRequests());
    store.delete("targets");
    assertTrue(client.stored().isEmpty());
  }
}
