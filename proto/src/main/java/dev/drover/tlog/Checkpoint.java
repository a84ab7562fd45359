package dev.drover.tlog;

import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;

/**
 * What a log commits itself to: how many entries it has and the root over them (C2SP {@code
 * tlog-checkpoint}). Extension lines are neither written nor accepted, because nobody audits them.
 *
 * @param origin the log's name, also the name of its key: not empty, no spaces, no plus sign
 * @param size number of entries, 0 to 2^63 - 1
 * @param root root of the tree of that size
 */
public record Checkpoint(String origin, long size, Sha256 root) {
  private static final String WHAT = "checkpoint";

  /**
   * Checks the fields.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} for an origin or a size out of range
   */
  public Checkpoint {
    Texts.requireName(origin);
    if (size < 0) {
      throw Texts.malformed(WHAT, "its size is negative");
    }
  }

  /**
   * Reads the body of a checkpoint, which is the text of a note.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} for any other text
   */
  public static Checkpoint parse(String body) {
    String[] lines = body.split("\n", 5);
    if (lines.length != 4 || !lines[3].isEmpty()) {
      throw Texts.malformed(WHAT, "it does not have three lines");
    }
    Sha256 root = Sha256.fromBytes(Texts.base64(lines[2], "checkpoint's root"));
    return new Checkpoint(lines[0], Texts.decimal(lines[1], "checkpoint's size"), root);
  }

  /**
   * Reads a signed checkpoint and verifies the log's signature.
   *
   * @param logKey the log's key; its name must be the checkpoint's origin
   * @throws DroverException {@code SIGNATURE_INVALID} if the log did not sign it, {@code
   *     MESSAGE_MALFORMED} if it is not a checkpoint
   */
  public static Checkpoint open(SignedNote note, VerifierKey logKey) {
    note.verify(List.of(logKey));
    Checkpoint checkpoint = parse(note.text());
    if (!checkpoint.origin.equals(logKey.name())) {
      throw new DroverException(
          ErrorCode.SIGNATURE_INVALID, "The checkpoint is signed by the key of another log.");
    }
    return checkpoint;
  }

  /** Returns the three lines that {@link #parse} reads. */
  public String body() {
    return origin + "\n" + size + "\n" + Texts.base64(root.toBytes()) + "\n";
  }

  /**
   * Returns this checkpoint signed.
   *
   * @throws DroverException {@code INVALID_ARGUMENT} if the signer's name is not the origin
   */
  public SignedNote sign(NoteSigner signer) {
    if (!signer.verifierKey().name().equals(origin)) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "A log's checkpoint is signed by the key named like the log.");
    }
    return SignedNote.sign(body(), List.of(signer));
  }

  /**
   * Returns whether the proof shows that the newer checkpoint is one of the same log and keeps all
   * entries of this one. Every log extends an empty one, without a proof.
   */
  public boolean isExtendedBy(Checkpoint newer, List<Sha256> consistencyProof) {
    if (!origin.equals(newer.origin)) {
      return false;
    }
    if (size == 0) {
      boolean nothingOrMore = newer.size > 0 || newer.root.equals(root);
      return consistencyProof.isEmpty() && root.equals(Merkle.emptyRoot()) && nothingOrMore;
    }
    return MerkleVerifier.consistency(size, newer.size, root, newer.root, consistencyProof);
  }
}
