package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.drover.hub.core.AuditChain.Follow;
import dev.drover.v1.BatchStatement;
import org.junit.jupiter.api.Test;

class AuditChainTest {
  private static BatchStatement.Builder batch(long number, long firstSeq, ByteString previous) {
    return BatchStatement.newBuilder()
        .setBatch(number)
        .setFirstSeq(firstSeq)
        .addCommitments(Devices.digest(1))
        .addCommitments(Devices.digest(2))
        .setPreviousSha256(previous);
  }

  private static AuditChain after(BatchStatement batch) {
    return AuditChain.after(batch, batch.toByteString());
  }

  @Test
  void next_isTheNumberTheRecordAndTheHash() {
    BatchStatement first = batch(0, 0, ByteString.EMPTY).build();
    assertEquals(Follow.NEXT, AuditChain.EMPTY.follow(first));
    AuditChain chain = after(first);
    ByteString sha256 = chain.lastSha256();
    assertEquals(Follow.NEXT, chain.follow(batch(1, 2, sha256).build()));
    assertEquals(Follow.BEFORE, chain.follow(first));
    assertEquals(Follow.CONTRADICTS, chain.follow(batch(1, 3, sha256).build()));
    assertEquals(Follow.CONTRADICTS, chain.follow(batch(1, 2, Devices.digest(7)).build()));
    assertEquals(Follow.CONTRADICTS, chain.follow(batch(1, 2, sha256).clearCommitments().build()));
  }

  @Test
  void skip_hasAtLeastOneRecordForEachBatchThatIsMissing() {
    AuditChain chain = after(batch(0, 0, ByteString.EMPTY).build());
    assertEquals(Follow.SKIPS, chain.follow(batch(3, 4, Devices.digest(9)).build()));
    assertEquals(Follow.SKIPS, chain.follow(batch(3, 99, Devices.digest(9)).build()));
    assertEquals(Follow.CONTRADICTS, chain.follow(batch(3, 3, Devices.digest(9)).build()));
    assertEquals(Follow.CONTRADICTS, chain.follow(batch(3, 0, Devices.digest(9)).build()));
    assertEquals(
        Follow.CONTRADICTS,
        chain.follow(batch(3, 4, Devices.digest(9)).clearCommitments().build()));
  }
}
