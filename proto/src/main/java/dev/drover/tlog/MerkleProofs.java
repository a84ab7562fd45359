package dev.drover.tlog;

import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes inclusion and consistency proofs (RFC 6962 sections 2.1.1 and 2.1.2) from the nodes of a
 * tree. Each proof reads at most about two nodes per level.
 */
public final class MerkleProofs {
  private MerkleProofs() {}

  /**
   * Returns the root of the first entries of a tree.
   *
   * @param size number of entries; 0 gives the empty root
   */
  public static Sha256 root(long size, NodeSource nodes) {
    return size == 0 ? Merkle.emptyRoot() : range(0, size, nodes);
  }

  /**
   * Returns the proof that an entry is in the tree of a size, the leaf's sibling first.
   *
   * @throws DroverException {@code INVALID_ARGUMENT} unless 0 ≤ index &lt; size
   */
  public static List<Sha256> inclusion(long index, long size, NodeSource nodes) {
    if (index < 0 || index >= size) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "Entry " + index + " is not in a log of " + size + " entries.");
    }
    List<Sha256> proof = new ArrayList<>();
    path(index, 0, size, nodes, proof);
    return List.copyOf(proof);
  }

  /**
   * Returns the proof that the tree of one size is a prefix of the tree of another.
   *
   * @throws DroverException {@code INVALID_ARGUMENT} unless 0 &lt; oldSize ≤ newSize
   */
  public static List<Sha256> consistency(long oldSize, long newSize, NodeSource nodes) {
    if (oldSize <= 0 || oldSize > newSize) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "No consistency proof leads from " + oldSize + " to " + newSize + " entries.");
    }
    List<Sha256> proof = new ArrayList<>();
    subproof(oldSize, 0, newSize, nodes, proof);
    return List.copyOf(proof);
  }

  private static void path(long index, long low, long high, NodeSource nodes, List<Sha256> out) {
    if (high - low == 1) {
      return;
    }
    long middle = low + split(high - low);
    if (index < middle) {
      path(index, low, middle, nodes, out);
      out.add(range(middle, high, nodes));
    } else {
      path(index, middle, high, nodes, out);
      out.add(range(low, middle, nodes));
    }
  }

  /** Adds SUBPROOF over entries low to high; the verifier knows the root exactly where low is 0. */
  private static void subproof(long end, long low, long high, NodeSource nodes, List<Sha256> out) {
    if (end == high) {
      if (low != 0) {
        out.add(range(low, high, nodes));
      }
      return;
    }
    long middle = low + split(high - low);
    if (end <= middle) {
      subproof(end, low, middle, nodes, out);
      out.add(range(middle, high, nodes));
    } else {
      subproof(end, middle, high, nodes, out);
      out.add(range(low, middle, nodes));
    }
  }

  /** Returns the root over entries low (a multiple of a larger power of two) to high. */
  private static Sha256 range(long low, long high, NodeSource nodes) {
    long count = high - low;
    if (Long.bitCount(count) == 1) {
      int level = Long.numberOfTrailingZeros(count);
      return nodes.node(level, low >> level);
    }
    long middle = low + split(count);
    return Merkle.node(range(low, middle, nodes), range(middle, high, nodes));
  }

  /** Returns the largest power of two below a number greater than one. */
  private static long split(long count) {
    return Long.highestOneBit(count - 1);
  }
}
