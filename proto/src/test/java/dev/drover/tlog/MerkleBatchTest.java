package dev.drover.tlog;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Sha256;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class MerkleBatchTest {
  private static final byte[] SEED = new byte[32];
  private static final byte[] KEY = Ed25519.publicKey(SEED);

  @Test
  void batch_everySize_oneSignatureCoversEveryMessage() {
    for (int size = 1; size <= 33; size++) {
      List<byte[]> messages = Vectors.entries(size);
      MerkleBatch batch = MerkleBatch.of(messages);
      assertEquals(size, batch.size());
      assertEquals(Vectors.definedRoot(messages), batch.root());
      byte[] signature = Ed25519.sign(SEED, batch.signedBytes("test"));
      for (int i = 0; i < size; i++) {
        BatchProof proof = batch.proof(i);
        assertEquals(new BatchProof(i, size, Vectors.definedPath(i, messages)), proof);
        assertTrue(proof.verify("test", messages.get(i), KEY, signature));
        assertFalse(proof.verify("test", new byte[] {1}, KEY, signature));
        assertFalse(proof.verify("other", messages.get(i), KEY, signature));
        assertFalse(proof.verify("test", messages.get(i), SEED, signature));
      }
    }
  }

  @Test
  void proof_movedOrOfAnotherSize_isRefused() {
    List<byte[]> messages = List.of(new byte[] {1}, new byte[] {1}, new byte[] {1});
    MerkleBatch batch = MerkleBatch.of(messages);
    byte[] signature = Ed25519.sign(SEED, batch.signedBytes("test"));
    List<Sha256> path = batch.proof(0).path();
    assertTrue(new BatchProof(0, 3, path).verify("test", messages.get(0), KEY, signature));
    // The same path leads to the same root in a tree of four; the size is signed, so it fails.
    assertTrue(MerkleVerifier.inclusion(0, 4, Merkle.leaf(messages.get(0)), path, batch.root()));
    assertFalse(new BatchProof(0, 4, path).verify("test", messages.get(0), KEY, signature));
    assertFalse(new BatchProof(2, 3, path).verify("test", messages.get(0), KEY, signature));
    assertFalse(new BatchProof(0, 3, List.of()).verify("test", messages.get(0), KEY, signature));
  }

  @Test
  void signedBytes_ofTheClassicLeaves_arePinned() {
    MerkleBatch batch = MerkleBatch.of(Vectors.CLASSIC_LEAVES);
    assertEquals(
        "drover/batch/v1\ncmd/home/7\n8\n" + Vectors.CLASSIC_ROOTS.get(8) + "\n",
        new String(batch.signedBytes("cmd/home/7"), StandardCharsets.UTF_8));
  }

  @Test
  void limits_areExact() {
    assertRefused(ErrorCode.LIMIT_EXCEEDED, () -> MerkleBatch.of(List.of()));
    List<byte[]> most = Collections.nCopies(MerkleBatch.MAX_MESSAGES, new byte[0]);
    MerkleBatch batch = MerkleBatch.of(most);
    assertEquals(10, batch.proof(MerkleBatch.MAX_MESSAGES - 1).path().size());
    assertRefused(
        ErrorCode.LIMIT_EXCEEDED,
        () -> MerkleBatch.of(Collections.nCopies(MerkleBatch.MAX_MESSAGES + 1, new byte[0])));
    assertRefused(ErrorCode.INVALID_ARGUMENT, () -> batch.proof(-1));
    assertRefused(ErrorCode.INVALID_ARGUMENT, () -> batch.proof(MerkleBatch.MAX_MESSAGES));
    for (String domain : List.of("", "a\nb", "\u00e4", "\u007f", "x".repeat(201))) {
      assertRefused(ErrorCode.INVALID_ARGUMENT, () -> batch.signedBytes(domain));
    }
    assertTrue(batch.signedBytes(" ~" + "x".repeat(198)).length > 200);
    List<Sha256> tooLong = Collections.nCopies(11, Sha256.of());
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> new BatchProof(0, 2, tooLong));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> new BatchProof(-1, 2, List.of()));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> new BatchProof(2, 2, List.of()));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> new BatchProof(0, 1025, List.of()));
  }
}
