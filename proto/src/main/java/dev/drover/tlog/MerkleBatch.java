package dev.drover.tlog;

import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Many messages under one signature: the signer signs the root of a tree over them, and each
 * message travels with its {@link BatchProof}.
 *
 * <p>What is signed names a domain and the number of messages, so that a signature made for one
 * purpose or for another tree never counts. Immutable and thread-safe once made.
 */
public final class MerkleBatch {
  /** Most messages of one batch. */
  public static final int MAX_MESSAGES = Limits.COMMANDS_PER_SIGNATURE_MAX;

  private static final int MAX_DOMAIN_CHARS = 200;

  private final MemoryTree tree;

  private MerkleBatch(MemoryTree tree) {
    this.tree = tree;
  }

  /**
   * Returns the batch of these messages in this order.
   *
   * @param messages 1 to {@link #MAX_MESSAGES}
   * @throws DroverException {@code LIMIT_EXCEEDED} for none or too many
   */
  public static MerkleBatch of(List<byte[]> messages) {
    if (messages.isEmpty() || messages.size() > MAX_MESSAGES) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED,
          "A batch has 1 to " + MAX_MESSAGES + " messages, not " + messages.size() + ".");
    }
    MemoryTree tree = new MemoryTree();
    messages.forEach(message -> tree.append(Merkle.leaf(message)));
    return new MerkleBatch(tree);
  }

  /** Returns the number of messages. */
  public int size() {
    return (int) tree.size();
  }

  /** Returns the root over the messages (RFC 6962 section 2.1). */
  public Sha256 root() {
    return tree.root();
  }

  /**
   * Returns the proof of one message.
   *
   * @throws DroverException {@code INVALID_ARGUMENT} unless 0 ≤ index &lt; size
   */
  public BatchProof proof(int index) {
    return new BatchProof(index, size(), MerkleProofs.inclusion(index, size(), tree));
  }

  /**
   * Returns the bytes to sign.
   *
   * @param domain what the signature is for; the verifier must use the same
   */
  public byte[] signedBytes(String domain) {
    return signedBytes(domain, size(), root());
  }

  /**
   * Returns {@code drover/batch/v1\n<domain>\n<size>\n<root in hex>\n} in UTF-8.
   *
   * @throws DroverException {@code INVALID_ARGUMENT} for a domain that is empty, too long or not
   *     printable ASCII
   */
  static byte[] signedBytes(String domain, int size, Sha256 root) {
    boolean printable = domain.chars().allMatch(c -> c >= ' ' && c <= '~');
    if (domain.isEmpty() || domain.length() > MAX_DOMAIN_CHARS || !printable) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "A signature's domain is 1 to 200 printable characters.");
    }
    String text = "drover/batch/v1\n" + domain + "\n" + size + "\n" + root.hex() + "\n";
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
