package dev.drover.tlog;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Sha256;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckpointTest {
  private static final String ROOT = "rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=";
  private static final String BODY = "example.com/log/testdata\n15\n" + ROOT + "\n";
  private static final String LINE =
      "\u2014 example.com/log/testdata"
          + " M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53MvIt/uEWP6zdkdIQzd/fmwlM/dlPWF74ewI=\n";

  private final NoteSigner signer = NoteSigner.parse(Vectors.TESSERA_SIGNER);
  private final VerifierKey key = VerifierKey.parse(Vectors.TESSERA_VERIFIER);

  @Test
  void checkpoint_publishedLog_isWrittenAndReadTheSame() {
    MemoryTree tree = Vectors.tree(Vectors.TESSERA_ENTRIES);
    Checkpoint checkpoint = new Checkpoint("example.com/log/testdata", 15, tree.root());
    assertEquals(BODY, checkpoint.body());
    SignedNote note = checkpoint.sign(signer);
    assertEquals(BODY + "\n" + LINE, note.format());
    assertEquals(checkpoint, Checkpoint.open(SignedNote.parse(note.toBytes()), key));
  }

  @Test
  void parse_otherForms_areRefused() {
    assertEquals(15, Checkpoint.parse(BODY).size());
    assertEquals(0, Checkpoint.parse(BODY.replace("15", "0")).size());
    assertEquals(
        Long.MAX_VALUE, Checkpoint.parse(BODY.replace("15", "9223372036854775807")).size());
    for (String bad :
        List.of(
            "",
            BODY.stripTrailing(),
            BODY + "extension\n",
            BODY + "\n",
            "\n" + BODY,
            BODY.replace("15", "015"),
            BODY.replace("15", "+15"),
            BODY.replace("15", "-15"),
            BODY.replace("15", ""),
            BODY.replace("15", " 15"),
            BODY.replace("15", "\u0661\u0665"),
            BODY.replace("15", "9223372036854775808"),
            BODY.replace("15", "10000000000000000000"),
            BODY.replace("15", "1".repeat(100)),
            BODY.replace("example", "exa mple"),
            BODY.replace("example", "exa+mple"),
            BODY.replace("example.com/log/testdata", ""),
            BODY.replace(ROOT, "AAAA"),
            BODY.replace(ROOT, ""),
            BODY.replace("cs=", "ct="))) {
      assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> Checkpoint.parse(bad));
    }
    assertRefused(
        ErrorCode.MESSAGE_MALFORMED, () -> new Checkpoint("origin", -1, Merkle.emptyRoot()));
  }

  @Test
  void open_bySomebodyElse_isRefused() {
    NoteSigner other = NoteSigner.of("example.com/other", new byte[32]);
    Checkpoint checkpoint = Checkpoint.parse(BODY);
    assertRefused(ErrorCode.INVALID_ARGUMENT, () -> checkpoint.sign(other));
    SignedNote foreign = SignedNote.sign(BODY, List.of(other));
    assertRefused(ErrorCode.SIGNATURE_INVALID, () -> Checkpoint.open(foreign, key));
    // A key that really signed, but is not the one of the log that the text names.
    assertRefused(ErrorCode.SIGNATURE_INVALID, () -> Checkpoint.open(foreign, other.verifierKey()));
  }

  @Test
  void isExtendedBy_sameHistory_holdsOnlyWithItsProof() {
    MemoryTree tree = Vectors.tree(Vectors.entries(9));
    Checkpoint four = new Checkpoint("log", 4, MerkleProofs.root(4, tree));
    Checkpoint nine = new Checkpoint("log", 9, tree.root());
    List<Sha256> proof = MerkleProofs.consistency(4, 9, tree);
    assertTrue(four.isExtendedBy(nine, proof));
    assertTrue(four.isExtendedBy(four, List.of()));
    assertFalse(four.isExtendedBy(nine, List.of()));
    assertFalse(nine.isExtendedBy(four, proof));
    assertFalse(four.isExtendedBy(new Checkpoint("other", 9, tree.root()), proof));
    assertFalse(four.isExtendedBy(new Checkpoint("log", 4, tree.root()), List.of()));
  }

  @Test
  void isExtendedBy_fromTheEmptyLog_needsNoProof() {
    Checkpoint empty = new Checkpoint("log", 0, Merkle.emptyRoot());
    Checkpoint one = new Checkpoint("log", 1, Merkle.leaf(new byte[1]));
    assertTrue(empty.isExtendedBy(one, List.of()));
    assertTrue(empty.isExtendedBy(empty, List.of()));
    assertFalse(empty.isExtendedBy(one, List.of(one.root())));
    assertFalse(empty.isExtendedBy(new Checkpoint("log", 0, one.root()), List.of()));
    assertFalse(new Checkpoint("log", 0, one.root()).isExtendedBy(one, List.of()));
    assertFalse(one.isExtendedBy(empty, List.of()));
  }
}
