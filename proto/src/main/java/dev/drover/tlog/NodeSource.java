package dev.drover.tlog;

import dev.drover.crypto.Sha256;

/** Where proofs get the nodes of a tree from. */
@FunctionalInterface
public interface NodeSource {
  /**
   * Returns the root of a perfect subtree that lies inside the tree.
   *
   * @param level 0 for leaves; the subtree covers 2^level of them
   * @param index its place among the subtrees of that level, from 0
   */
  Sha256 node(int level, long index);
}
