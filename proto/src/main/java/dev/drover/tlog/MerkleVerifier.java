package dev.drover.tlog;

import dev.drover.crypto.Sha256;
import java.util.List;
import java.util.Optional;

/**
 * Verifies inclusion and consistency proofs (RFC 9162 sections 2.1.3.2 and 2.1.4.2).
 *
 * <p>Any input is allowed; what does not prove the claim gives false. Work is bounded by the depth
 * of the tree, whatever the length of the proof.
 */
public final class MerkleVerifier {
  private MerkleVerifier() {}

  /**
   * Returns whether the proof shows that a leaf is in the tree with this root.
   *
   * @param index place of the leaf, from 0
   * @param size number of leaves of the tree
   * @param proof the leaf's sibling first
   */
  public static boolean inclusion(
      long index, long size, Sha256 leafHash, List<Sha256> proof, Sha256 root) {
    return root(index, size, leafHash, proof).filter(root::equals).isPresent();
  }

  /**
   * Returns the root that the proof leads to from a leaf, or nothing where index, size and length
   * of the proof do not fit together. It says nothing unless that root is known or signed.
   */
  public static Optional<Sha256> root(long index, long size, Sha256 leafHash, List<Sha256> proof) {
    if (index < 0 || index >= size) {
      return Optional.empty();
    }
    long node = index;
    long last = size - 1;
    Sha256 hash = leafHash;
    for (Sha256 sibling : proof) {
      if (last == 0) {
        return Optional.empty();
      }
      if ((node & 1) == 1 || node == last) {
        hash = Merkle.node(sibling, hash);
        // A last node without sibling moves up unchanged until it is a right child.
        int unchanged = Long.numberOfTrailingZeros(node);
        node >>= unchanged;
        last >>= unchanged;
      } else {
        hash = Merkle.node(hash, sibling);
      }
      node >>= 1;
      last >>= 1;
    }
    return last == 0 ? Optional.of(hash) : Optional.empty();
  }

  /**
   * Returns whether the proof shows that the old tree is a prefix of the new one.
   *
   * <p>An old tree without leaves is refused here, because a proof says nothing about it; {@link
   * Checkpoint#isExtendedBy} decides that case.
   */
  public static boolean consistency(
      long oldSize, long newSize, Sha256 oldRoot, Sha256 newRoot, List<Sha256> proof) {
    if (oldSize <= 0 || oldSize > newSize) {
      return false;
    }
    if (oldSize == newSize) {
      return proof.isEmpty() && oldRoot.equals(newRoot);
    }
    if (proof.isEmpty()) {
      return false;
    }
    // Where the old tree is perfect, its root is the node that the proof starts from.
    boolean startsAtOldRoot = Long.bitCount(oldSize) == 1;
    int shift = Long.numberOfTrailingZeros(oldSize);
    return climb(
        (oldSize - 1) >> shift,
        (newSize - 1) >> shift,
        startsAtOldRoot ? oldRoot : proof.get(0),
        startsAtOldRoot ? proof : proof.subList(1, proof.size()),
        oldRoot,
        newRoot);
  }

  private static boolean climb(
      long firstNode,
      long firstLast,
      Sha256 start,
      List<Sha256> proof,
      Sha256 oldRoot,
      Sha256 newRoot) {
    long node = firstNode;
    long last = firstLast;
    Sha256 oldHash = start;
    Sha256 newHash = start;
    for (Sha256 sibling : proof) {
      if (last == 0) {
        return false;
      }
      if ((node & 1) == 1 || node == last) {
        oldHash = Merkle.node(sibling, oldHash);
        newHash = Merkle.node(sibling, newHash);
        int unchanged = Long.numberOfTrailingZeros(node);
        node >>= unchanged;
        last >>= unchanged;
      } else {
        newHash = Merkle.node(newHash, sibling);
      }
      node >>= 1;
      last >>= 1;
    }
    return last == 0 && oldHash.equals(oldRoot) && newHash.equals(newRoot);
  }
}
