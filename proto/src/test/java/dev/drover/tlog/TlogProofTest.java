package dev.drover.tlog;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.crypto.Sha256;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class TlogProofTest {
  private final NoteSigner signer = NoteSigner.parse(Vectors.TESSERA_SIGNER);
  private final VerifierKey key = signer.verifierKey();
  private final MemoryTree tree = Vectors.tree(Vectors.TESSERA_ENTRIES);
  private final SignedNote checkpoint = new Checkpoint(key.name(), 15, tree.root()).sign(signer);
  private final TlogProof proof = new TlogProof(6, MerkleProofs.inclusion(6, 15, tree), checkpoint);

  @Test
  void format_entryOfThePublishedLog_isPinned() {
    String text = proof.format();
    String[] lines = text.split("\n");
    assertEquals("c2sp.org/tlog-proof@v1", lines[0]);
    assertEquals("index 6", lines[1]);
    assertEquals(
        Texts.base64(Merkle.leaf("eit".getBytes(StandardCharsets.UTF_8)).toBytes()), lines[2]);
    assertEquals("", lines[6]);
    assertEquals("example.com/log/testdata", lines[7]);
    assertEquals(checkpoint.format(), text.substring(text.indexOf("\n\n") + 2));
    assertEquals(proof, TlogProof.parse(proof.toBytes()));
  }

  @Test
  void verify_rightEntry_givesTheCheckpoint() {
    Checkpoint covered = proof.verify(Vectors.TESSERA_ENTRIES.get(6), key);
    assertEquals(15, covered.size());
    assertRefused(
        ErrorCode.DIGEST_MISMATCH, () -> proof.verify(Vectors.TESSERA_ENTRIES.get(7), key));
    TlogProof moved = new TlogProof(7, proof.path(), checkpoint);
    assertRefused(
        ErrorCode.DIGEST_MISMATCH, () -> moved.verify(Vectors.TESSERA_ENTRIES.get(6), key));
    VerifierKey other = NoteSigner.of(key.name(), new byte[32]).verifierKey();
    assertRefused(
        ErrorCode.SIGNATURE_INVALID, () -> proof.verify(Vectors.TESSERA_ENTRIES.get(6), other));
  }

  @Test
  void parse_extraData_isSkipped() {
    String with = proof.format().replace("\nindex", "\nextra aGVsbG8=\nindex");
    assertEquals(proof, parse(with));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> parse(with.replace("aGVsbG8=", "not base64")));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> parse(with.replace("index 6\n", "")));
    assertRefused(
        ErrorCode.MESSAGE_MALFORMED, () -> parse(with.replace("\nextra", "\nextra YQ==\nextra")));
  }

  @Test
  void parse_logOfOneEntry_hasNoHashes() {
    MemoryTree one = Vectors.tree(List.of(new byte[] {5}));
    SignedNote note = new Checkpoint(key.name(), 1, one.root()).sign(signer);
    TlogProof single = new TlogProof(0, List.of(), note);
    assertEquals(single, TlogProof.parse(single.toBytes()));
    assertEquals(1, single.verify(new byte[] {5}, key).size());
  }

  @Test
  void parse_otherForms_areRefused() {
    String good = proof.format();
    for (String bad :
        List.of(
            "",
            "\n\n",
            good.replace("@v1", "@v2"),
            good.replace("index 6", "index -6"),
            good.replace("index 6", "index 06"),
            good.replace("index 6", "index"),
            good.replace("index 6", "place 6"),
            good.replace("index 6\n", ""),
            good.replace("index 6\n", "index 6\nAAAA\n"),
            good.replaceFirst("\n\n", "\n"),
            good.substring(0, good.indexOf("\n\n") + 2),
            good.substring(0, good.indexOf("\n\n")))) {
      assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> parse(bad));
    }
  }

  @Test
  void limits_areExact() {
    Sha256 hash = Sha256.of();
    TlogProof longest = new TlogProof(0, Collections.nCopies(63, hash), checkpoint);
    assertEquals(longest, TlogProof.parse(longest.toBytes()));
    String line = Texts.base64(hash.toBytes()) + "\n";
    assertRefused(
        ErrorCode.MESSAGE_MALFORMED,
        () -> parse(longest.format().replace("index 0\n", "index 0\n" + line)));
    assertRefused(
        ErrorCode.MESSAGE_MALFORMED,
        () -> new TlogProof(0, Collections.nCopies(64, hash), checkpoint));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> new TlogProof(-1, List.of(), checkpoint));
    assertRefused(
        ErrorCode.LIMIT_EXCEEDED, () -> TlogProof.parse(new byte[TlogProof.MAX_BYTES + 1]));
  }

  private static TlogProof parse(String text) {
    return TlogProof.parse(text.getBytes(StandardCharsets.UTF_8));
  }
}
