package dev.drover.hub.core;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Hashes;
import dev.drover.v1.BatchStatement;

/**
 * Where the chain of batches of one life of a device stands, and how a batch follows on it: the one
 * rule by which the hub appends and an auditor verifies. Immutable; pure.
 *
 * @param nextBatch number of the batch that is expected
 * @param nextSeq number of the first record that is expected in it
 * @param lastSha256 of the last statement as received, empty before the first one
 */
public record AuditChain(long nextBatch, long nextSeq, ByteString lastSha256) {
  /** The chain before its first batch. */
  public static final AuditChain EMPTY = new AuditChain(0, 0, ByteString.EMPTY);

  /** How a batch can follow. */
  public enum Follow {
    /** It is the next one. */
    NEXT,
    /** Its number was used before. */
    BEFORE,
    /**
     * One or more batches before it are missing, and they can have held the records that are
     * missing. The hub takes it when the gap stays; an auditor reports the gap.
     */
    SKIPS,
    /** It contradicts the batches before it, or commits to nothing. */
    CONTRADICTS
  }

  /** Says how a batch follows on this chain. */
  public Follow follow(BatchStatement batch) {
    long skipped = batch.getBatch() - nextBatch;
    if (skipped < 0) {
      return Follow.BEFORE;
    }
    if (batch.getCommitmentsCount() == 0) {
      return Follow.CONTRADICTS;
    }
    if (skipped > 0) {
      // A batch has one record or more, so at least as many records are missing as batches.
      return batch.getFirstSeq() - nextSeq >= skipped ? Follow.SKIPS : Follow.CONTRADICTS;
    }
    boolean chained = batch.getPreviousSha256().equals(lastSha256);
    return chained && batch.getFirstSeq() == nextSeq ? Follow.NEXT : Follow.CONTRADICTS;
  }

  /**
   * Returns the chain after a batch.
   *
   * @param statement the bytes of the batch as received
   */
  public static AuditChain after(BatchStatement batch, ByteString statement) {
    return new AuditChain(
        batch.getBatch() + 1,
        batch.getFirstSeq() + batch.getCommitmentsCount(),
        ByteString.copyFrom(Hashes.sha256(statement.toByteArray())));
  }
}
