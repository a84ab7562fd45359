package dev.drover.testkit;

import com.google.protobuf.ByteString;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.RecordCount;
import dev.drover.v1.RecordKind;
import java.util.Arrays;

/** Statements about records whose every field is as large as the protocol lets it be. */
public final class LargestBatch {
  private static final long NUMBER_MAX = (1L << 53) - 1;
  private static final String NAME = "n".repeat(63);

  private LargestBatch() {}

  /** Returns a statement about so many records, of every kind that there is. */
  public static BatchStatement.Builder of(int records) {
    byte[] digest = new byte[32];
    Arrays.fill(digest, (byte) 0xff);
    BatchStatement.Builder statement =
        BatchStatement.newBuilder()
            .setTenant(NAME)
            .setDevice(NAME)
            .setIncarnation(-1)
            .setBatch(NUMBER_MAX)
            .setFirstSeq(NUMBER_MAX)
            .setPreviousSha256(ByteString.copyFrom(digest))
            .setTimeMs(NUMBER_MAX);
    for (int i = 0; i < records; i++) {
      statement.addCommitments(ByteString.copyFrom(digest));
    }
    for (RecordKind kind : RecordKind.values()) {
      if (kind != RecordKind.RECORD_KIND_UNSPECIFIED && kind != RecordKind.UNRECOGNIZED) {
        statement.addCounts(RecordCount.newBuilder().setKind(kind).setCount(1024));
      }
    }
    return statement;
  }
}
