package dev.drover.hub.verify;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Ed25519;
import dev.drover.envelope.AuditAuth;
import dev.drover.hub.verify.WrittenLog.Chain;
import dev.drover.tlog.Checkpoint;
import dev.drover.tlog.NoteSigner;
import dev.drover.tlog.SignedNote;
import dev.drover.v1.AuditLeaf;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubStatement;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AuditVerifierTest {
  private static final int FLIPS_PER_FILE = Boolean.getBoolean("drover.full") ? 2000 : 15;

  private final Chain camera = new Chain("cam-0");
  private final Chain lamp = new Chain("lamp");

  private WrittenLog small() {
    return new WrittenLog()
        .hub(HubAction.HUB_STARTED, "")
        .enrolled(camera)
        .enrolled(lamp)
        .batch(camera)
        .batch(lamp)
        .batch(camera);
  }

  /** A log of more than one tile. */
  private WrittenLog large() {
    WrittenLog log = small();
    for (int i = 0; i < 260; i++) {
      log.batch(i % 2 == 0 ? camera : lamp);
    }
    return log;
  }

  @Test
  void log_thatIsWhole_isCounted() {
    AuditReport report = large().verify();
    assertEquals(266, report.size());
    assertEquals(2, report.devices());
    assertEquals(263, report.batches());
    assertEquals(263 * 3, report.records());
    assertEquals(3, report.hubRecords());
    assertEquals(List.of(), report.gaps());
  }

  @Test
  void flippedBit_anywhere_isRefused() {
    Map<String, byte[]> files = large().files();
    Random random = new Random(20_261_121);
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      byte[] whole = file.getValue();
      int[] places =
          random
              .ints(0, whole.length)
              .distinct()
              .limit(Math.min(FLIPS_PER_FILE, whole.length))
              .toArray();
      for (int place : places) {
        byte[] flipped = whole.clone();
        flipped[place] ^= (byte) (1 << random.nextInt(8));
        Map<String, byte[]> changed = new HashMap<>(files);
        changed.put(file.getKey(), flipped);
        DroverException refused =
            assertThrows(
                DroverException.class,
                () -> WrittenLog.verify(changed),
                file.getKey() + " at " + place);
        assertTrue(
            List.of(
                    ErrorCode.SIGNATURE_INVALID,
                    ErrorCode.DIGEST_MISMATCH,
                    ErrorCode.NOT_FOUND,
                    ErrorCode.MESSAGE_MALFORMED,
                    ErrorCode.EGRESS_REFUSED,
                    ErrorCode.LIMIT_EXCEEDED)
                .contains(refused.code()),
            refused::forPerson);
      }
    }
  }

  @Test
  void file_thatIsTruncatedOrMissingOrEmpty_isRefused() {
    Map<String, byte[]> files = large().files();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      int length = file.getValue().length;
      for (int kept : new int[] {0, 1, length / 2, length - 1}) {
        Map<String, byte[]> changed = new HashMap<>(files);
        changed.put(file.getKey(), Arrays.copyOf(file.getValue(), kept));
        assertThrows(
            DroverException.class, () -> WrittenLog.verify(changed), file.getKey() + " " + kept);
      }
      Map<String, byte[]> changed = new HashMap<>(files);
      changed.remove(file.getKey());
      assertRefused(ErrorCode.NOT_FOUND, () -> WrittenLog.verify(changed));
    }
  }

  @Test
  void log_ofAnotherHub_isRefused() {
    Map<String, byte[]> files = small().files();
    Tiles.Parts parts = path -> Optional.ofNullable(files.get(path));
    NoteSigner other = NoteSigner.of(WrittenLog.LOG.verifierKey().name(), WrittenLog.seed("other"));
    assertRefused(
        ErrorCode.SIGNATURE_INVALID,
        () ->
            AuditVerifier.verify(
                parts.checkpoint(),
                other.verifierKey(),
                Ed25519.publicKey(WrittenLog.HUB),
                parts.source()));
    String why =
        assertRefused(
            ErrorCode.SIGNATURE_INVALID,
            () ->
                AuditVerifier.verify(
                    parts.checkpoint(),
                    WrittenLog.LOG.verifierKey(),
                    Ed25519.publicKey(WrittenLog.seed("other")),
                    parts.source()));
    assertTrue(why.startsWith("Entry 0: "), why);
  }

  @Test
  void checkpoint_ofAnotherLogWithTheSameKey_isRefused() {
    Checkpoint honest =
        Checkpoint.parse(SignedNote.parse(small().files().get("checkpoint")).text());
    Map<String, byte[]> files = small().files();
    files.put(
        "checkpoint",
        new Checkpoint("log.example/other", honest.size(), honest.root())
            .sign(NoteSigner.of("log.example/other", WrittenLog.seed("log")))
            .toBytes());
    assertRefused(ErrorCode.SIGNATURE_INVALID, () -> WrittenLog.verify(files));
  }

  @Test
  void checkpoint_thatWasOnceSigned_provesItsPartOfAGrownLog() {
    byte[] older = small().files().get("checkpoint");
    Chain again = new Chain("cam-0");
    Chain lampAgain = new Chain("lamp");
    WrittenLog grown =
        new WrittenLog()
            .hub(HubAction.HUB_STARTED, "")
            .enrolled(again)
            .enrolled(lampAgain)
            .batch(again)
            .batch(lampAgain)
            .batch(again);
    Map<String, byte[]> files = grown.files();
    files.put("checkpoint", older);
    assertEquals(6, WrittenLog.verify(files).size());
  }

  @Test
  void leaf_thatIsSwapped_orLeftOut_isRefused() {
    Map<String, byte[]> honest = small().files();
    Chain forged = new Chain("cam-0");
    Chain forgedLamp = new Chain("lamp");
    // The same leaves with one left out, under the honest checkpoint.
    Map<String, byte[]> shorter =
        new WrittenLog()
            .hub(HubAction.HUB_STARTED, "")
            .enrolled(forged)
            .enrolled(forgedLamp)
            .batch(forged)
            .batch(forgedLamp)
            .files();
    shorter.put("checkpoint", honest.get("checkpoint"));
    assertThrows(DroverException.class, () -> WrittenLog.verify(shorter));
  }

  @Test
  void batch_withoutAnEnrolmentBeforeIt_isRefused() {
    String why =
        assertRefused(
            ErrorCode.SIGNATURE_INVALID,
            () -> new WrittenLog().batch(camera).enrolled(camera).verify());
    assertTrue(why.contains("Entry 0") && why.contains("acme/cam-0"), why);
  }

  @Test
  void batch_signedByAnotherDevice_isRefused() {
    BatchStatement claimed = camera.next(1);
    assertRefused(
        ErrorCode.SIGNATURE_INVALID,
        () -> new WrittenLog().enrolled(camera).enrolled(lamp).batch(lamp, claimed).verify());
  }

  @Test
  void batches_thatDoNotFollow_areRefused() {
    BatchStatement first = camera.next(2);
    BatchStatement second = camera.next(2);
    WrittenLog twice = new WrittenLog().enrolled(camera).batch(camera, first).batch(camera, first);
    assertRefused(ErrorCode.DIGEST_MISMATCH, twice::verify);
    WrittenLog otherPast =
        new WrittenLog()
            .enrolled(camera)
            .batch(camera, first)
            .batch(
                camera,
                second.toBuilder()
                    .setPreviousSha256(ByteString.copyFrom(WrittenLog.seed("x")))
                    .build());
    assertRefused(ErrorCode.DIGEST_MISMATCH, otherPast::verify);
    WrittenLog lostRecord =
        new WrittenLog()
            .enrolled(camera)
            .batch(camera, first)
            .batch(camera, second.toBuilder().setFirstSeq(3).build());
    assertRefused(ErrorCode.DIGEST_MISMATCH, lostRecord::verify);
  }

  @Test
  void batch_thatIsMissing_isAGap_notAForgery() {
    BatchStatement first = camera.next(2);
    BatchStatement missing = camera.next(5);
    BatchStatement third = camera.next(2);
    AuditReport report =
        new WrittenLog().enrolled(camera).batch(camera, first).batch(camera, third).verify();
    assertEquals(2, report.batches());
    assertEquals(
        List.of(
            "before entry 2: 1 batches of acme/cam-0 are missing, from 1 on, with "
                + missing.getCommitmentsCount()
                + " records"),
        report.gaps());
  }

  @Test
  void enrolment_again_bringsANewKey() {
    Chain reborn = new Chain("cam-0");
    WrittenLog log = new WrittenLog().enrolled(camera).batch(camera);
    byte[] newSeed = WrittenLog.seed("reborn");
    reborn.incarnation = 2;
    BatchStatement statement = reborn.next(1);
    log.hub(
            HubStatement.newBuilder()
                .setTenant(WrittenLog.TENANT)
                .setAction(HubAction.DEVICE_ENROLLED)
                .setSubject("cam-0")
                .setAuditKey(ByteString.copyFrom(Ed25519.publicKey(newSeed)))
                .build())
        .leaf(AuditLeaf.newBuilder().setDevice(AuditAuth.sign(newSeed, statement)).build());
    assertEquals(2, log.verify().batches());
    assertRefused(ErrorCode.SIGNATURE_INVALID, () -> log.batch(camera).verify());
  }

  @Test
  void leaf_thatIsNothing_isMalformed() {
    assertRefused(
        ErrorCode.MESSAGE_MALFORMED,
        () -> new WrittenLog().leaf(AuditLeaf.getDefaultInstance()).verify());
  }
}
