package dev.drover.tlog;

import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A receipt that can be checked without the log: an entry's place, its inclusion proof and the
 * signed checkpoint (C2SP {@code tlog-proof}, version 1; file extension {@code .tlog-proof}).
 *
 * <p>The format's unauthenticated extra data is skipped when read and never written.
 *
 * @param index of the entry, from 0
 * @param path the inclusion proof, the leaf's sibling first
 * @param checkpoint as signed, with all its signatures
 */
public record TlogProof(long index, List<Sha256> path, SignedNote checkpoint) {
  /** Longest proof that is read, in bytes. */
  public static final int MAX_BYTES = SignedNote.MAX_BYTES + (1 << 14);

  private static final int MAX_PATH = Long.SIZE - 1;
  private static final String HEADER = "c2sp.org/tlog-proof@v1";
  private static final String EXTRA = "extra ";
  private static final String INDEX = "index ";
  private static final String WHAT = "log proof";

  /**
   * Checks the ranges.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} for a negative index or a path that no log
   *     can need
   */
  public TlogProof {
    path = List.copyOf(path);
    if (index < 0 || path.size() > MAX_PATH) {
      throw Texts.malformed(WHAT, "its index or its length is out of range");
    }
  }

  /**
   * Reads a proof. Nothing in it is verified.
   *
   * @throws DroverException {@code LIMIT_EXCEEDED} above {@link #MAX_BYTES}, {@code
   *     MESSAGE_MALFORMED} for bytes of another form
   */
  public static TlogProof parse(byte[] bytes) {
    String text = Texts.utf8(bytes, MAX_BYTES, WHAT);
    int blank = text.indexOf("\n\n");
    if (blank < 0) {
      throw Texts.malformed(WHAT, "it has no checkpoint");
    }
    String[] lines = text.substring(0, blank).split("\n", -1);
    int at = lines.length > 1 && lines[1].startsWith(EXTRA) ? 2 : 1;
    if (!lines[0].equals(HEADER) || at >= lines.length || !lines[at].startsWith(INDEX)) {
      throw Texts.malformed(WHAT, "it is not a proof of version 1");
    }
    if (at == 2) {
      Texts.base64(lines[1].substring(EXTRA.length()), "extra data of the log proof");
    }
    if (lines.length - at - 1 > MAX_PATH) {
      throw Texts.malformed(WHAT, "it is longer than any log needs");
    }
    long index = Texts.decimal(lines[at].substring(INDEX.length()), "index of the log proof");
    List<Sha256> path = new ArrayList<>();
    for (int i = at + 1; i < lines.length; i++) {
      path.add(Sha256.fromBytes(Texts.base64(lines[i], WHAT)));
    }
    byte[] note = text.substring(blank + 2).getBytes(StandardCharsets.UTF_8);
    return new TlogProof(index, path, SignedNote.parse(note));
  }

  /** Returns the text that {@link #parse} reads. */
  public String format() {
    StringBuilder out = new StringBuilder(HEADER + "\n" + INDEX + index + "\n");
    path.forEach(hash -> out.append(Texts.base64(hash.toBytes())).append('\n'));
    return out.append('\n').append(checkpoint.format()).toString();
  }

  /** Returns the bytes of {@link #format()}. */
  public byte[] toBytes() {
    return format().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Verifies that the log committed itself to an entry.
   *
   * @param entry the bytes of the log entry
   * @param logKey the log's key
   * @return the checkpoint that covers it
   * @throws DroverException {@code SIGNATURE_INVALID} if the log did not sign the checkpoint,
   *     {@code DIGEST_MISMATCH} if the checkpoint does not cover this entry at this place
   */
  public Checkpoint verify(byte[] entry, VerifierKey logKey) {
    Checkpoint signed = Checkpoint.open(checkpoint, logKey);
    if (!MerkleVerifier.inclusion(index, signed.size(), Merkle.leaf(entry), path, signed.root())) {
      throw new DroverException(
          ErrorCode.DIGEST_MISMATCH, "The proof does not show the entry in the log.");
    }
    return signed;
  }
}
