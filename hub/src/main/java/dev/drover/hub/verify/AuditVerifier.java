package dev.drover.hub.verify;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.crypto.Sha256;
import dev.drover.envelope.AuditAuth;
import dev.drover.tlog.Checkpoint;
import dev.drover.tlog.LogVerifier;
import dev.drover.tlog.SignedNote;
import dev.drover.tlog.TileSource;
import dev.drover.tlog.VerifierKey;
import dev.drover.v1.AuditLeaf;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubStatement;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Verifies a log end to end: the checkpoint's signature, every entry and tile against its root, the
 * signature of every leaf, and the chain of each device's batches.
 *
 * <p>The keys of devices come from the log itself, from the records of their enrolment. Not
 * thread-safe; used once.
 */
public final class AuditVerifier {
  private static final int GAPS_MAX = 100;

  private final byte[] hubKey;
  private final Map<String, byte[]> auditKeys = new HashMap<>();
  private final Map<String, BatchStatement> last = new HashMap<>();
  private final List<String> gaps = new ArrayList<>();
  private long batches;
  private long records;
  private long hubRecords;

  private AuditVerifier(byte[] hubKey) {
    this.hubKey = hubKey.clone();
  }

  /**
   * Reads the whole log and checks it.
   *
   * @param note the checkpoint as served
   * @param logKey the key that signs checkpoints, from elsewhere than the log
   * @param hubKey the raw key that signs the hub's own records
   * @param source entries and tiles as served
   * @throws DroverException with {@link ErrorCode#SIGNATURE_INVALID}, {@link
   *     ErrorCode#DIGEST_MISMATCH}, {@link ErrorCode#NOT_FOUND} or {@link
   *     ErrorCode#MESSAGE_MALFORMED}; the text names the entry
   */
  public static AuditReport verify(
      byte[] note, VerifierKey logKey, byte[] hubKey, TileSource source) {
    Checkpoint checkpoint = Checkpoint.open(SignedNote.parse(note), logKey);
    AuditVerifier verifier = new AuditVerifier(hubKey);
    LogVerifier.verify(checkpoint, source, verifier::leaf);
    return new AuditReport(
        checkpoint.size(),
        checkpoint.root(),
        verifier.last.size(),
        verifier.batches,
        verifier.records,
        verifier.hubRecords,
        verifier.gaps);
  }

  private void leaf(long index, byte[] entry) {
    try {
      AuditLeaf leaf = AuditLeaf.parseFrom(entry);
      switch (leaf.getKindCase()) {
        case DEVICE -> device(index, leaf.getDevice());
        case HUB -> hub(AuditAuth.check(hubKey, leaf.getHub()));
        default -> throw new DroverException(ErrorCode.MESSAGE_MALFORMED, "It is empty.");
      }
    } catch (InvalidProtocolBufferException broken) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "Entry " + index + " does not parse.", broken);
    } catch (DroverException refused) {
      throw new DroverException(
          refused.code(), "Entry " + index + ": " + refused.getMessage(), refused);
    }
  }

  private void hub(HubStatement statement) {
    hubRecords++;
    if (statement.getAction() == HubAction.DEVICE_ENROLLED && !statement.getAuditKey().isEmpty()) {
      auditKeys.put(
          statement.getTenant() + "/" + statement.getSubject(),
          statement.getAuditKey().toByteArray());
    }
  }

  private void device(long index, AuditUpload upload) throws InvalidProtocolBufferException {
    BatchStatement claimed = BatchStatement.parseFrom(upload.getStatement());
    String device = claimed.getTenant() + "/" + claimed.getDevice();
    byte[] key = auditKeys.get(device);
    if (key == null) {
      throw new DroverException(
          ErrorCode.SIGNATURE_INVALID, "There is no enrolment of " + device + " before it.");
    }
    BatchStatement batch = AuditAuth.check(key, upload);
    BatchStatement before = last.put(device, batch);
    if (before != null && before.getIncarnation() == batch.getIncarnation()) {
      requireNext(device, before, batch);
    } else if (batch.getBatch() != 0) {
      gap("entry " + index + ": " + device + " starts a life at batch " + batch.getBatch());
    }
    batches++;
    records += batch.getCommitmentsCount();
  }

  private static void requireNext(String device, BatchStatement before, BatchStatement batch) {
    byte[] previous = Sha256.of(before.toByteArray()).toBytes();
    boolean chained = Arrays.equals(previous, batch.getPreviousSha256().toByteArray());
    boolean next =
        batch.getBatch() == before.getBatch() + 1
            && batch.getFirstSeq() == before.getFirstSeq() + before.getCommitmentsCount();
    if (!chained || !next) {
      throw new DroverException(
          ErrorCode.DIGEST_MISMATCH, "The batches of " + device + " do not follow each other.");
    }
  }

  private void gap(String text) {
    if (gaps.size() < GAPS_MAX) {
      gaps.add(text);
    }
  }
}
