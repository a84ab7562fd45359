package dev.drover.tlog;

import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import java.util.List;

/**
 * Ties a message to the signature over its batch.
 *
 * @param index place of the message, 0 to size - 1
 * @param size number of messages, 1 to {@link MerkleBatch#MAX_MESSAGES}
 * @param path inclusion proof, the message's sibling first
 */
public record BatchProof(int index, int size, List<Sha256> path) {
  private static final int MAX_PATH = Integer.numberOfTrailingZeros(MerkleBatch.MAX_MESSAGES);

  /**
   * Checks the ranges.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} if a value is out of range
   */
  public BatchProof {
    path = List.copyOf(path);
    boolean inRange = index >= 0 && index < size && size <= MerkleBatch.MAX_MESSAGES;
    if (!inRange || path.size() > MAX_PATH) {
      throw Texts.malformed("batch proof", "its place or its length is out of range");
    }
  }

  /**
   * Returns whether a key signed the batch that holds this message here.
   *
   * @param domain what the signature must be for, see {@link MerkleBatch#signedBytes}
   * @param message any bytes
   * @param publicKey raw Ed25519 key
   * @param signature over the batch
   */
  public boolean verify(String domain, byte[] message, byte[] publicKey, byte[] signature) {
    return MerkleVerifier.root(index, size, Merkle.leaf(message), path)
        .filter(root -> signs(MerkleBatch.signedBytes(domain, size, root), publicKey, signature))
        .isPresent();
  }

  private static boolean signs(byte[] signed, byte[] publicKey, byte[] signature) {
    return Ed25519.verify(publicKey, signed, signature);
  }
}
