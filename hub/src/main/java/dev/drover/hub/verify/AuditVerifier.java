package dev.drover.hub.verify;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.envelope.AuditAuth;
import dev.drover.hub.core.AuditChain;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Verifies a log end to end: the checkpoint's signature, every entry and tile against its root, the
 * signature of every leaf, and the chain of each device's batches. A batch that the device never
 * sent again after the hub had missed it is no defect of the log: it is reported as a gap.
 *
 * <p>The keys of devices come from the log itself, from the records of their enrolment. Not
 * thread-safe; used once.
 */
public final class AuditVerifier {
  private static final int GAPS_MAX = 100;

  private final byte[] hubKey;
  private final Map<String, byte[]> auditKeys = new HashMap<>();
  private final Map<Life, AuditChain> chains = new HashMap<>();
  private final Set<String> devices = new HashSet<>();
  private final List<String> gaps = new ArrayList<>();
  private long batches;
  private long records;
  private long hubRecords;

  /** One life of a device's store: its batches are numbered from 0. */
  private record Life(String device, long incarnation) {}

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
        verifier.devices.size(),
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
    Life life = new Life(device, batch.getIncarnation());
    AuditChain before = chains.getOrDefault(life, AuditChain.EMPTY);
    switch (before.follow(batch)) {
      case NEXT -> {}
      case SKIPS -> gap(index, device, before, batch);
      case BEFORE, CONTRADICTS ->
          throw new DroverException(
              ErrorCode.DIGEST_MISMATCH, "The batches of " + device + " do not follow each other.");
    }
    chains.put(life, AuditChain.after(batch, upload.getStatement()));
    devices.add(device);
    batches++;
    records += batch.getCommitmentsCount();
  }

  private void gap(long index, String device, AuditChain before, BatchStatement batch) {
    if (gaps.size() < GAPS_MAX) {
      long batchesMissing = batch.getBatch() - before.nextBatch();
      long recordsMissing = batch.getFirstSeq() - before.nextSeq();
      gaps.add(
          String.format(
              Locale.ROOT,
              "before entry %d: %d batches of %s are missing, from %d on, with %d records",
              index,
              batchesMissing,
              device,
              before.nextBatch(),
              recordsMissing));
    }
  }
}
