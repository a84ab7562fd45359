package dev.drover.tlog;

import dev.drover.crypto.Sha256;

/** The three hashes of RFC 6962 section 2.1. Leaves and nodes cannot be mistaken for each other. */
public final class Merkle {
  private static final byte[] LEAF = {0};
  private static final byte[] NODE = {1};
  private static final Sha256 EMPTY = Sha256.of();

  private Merkle() {}

  /** Returns the hash of an entry: SHA-256(0x00 ‖ entry). */
  public static Sha256 leaf(byte[] entry) {
    return Sha256.of(LEAF, entry);
  }

  /** Returns the hash of an inner node: SHA-256(0x01 ‖ left ‖ right). */
  public static Sha256 node(Sha256 left, Sha256 right) {
    return Sha256.of(NODE, left.toBytes(), right.toBytes());
  }

  /** Returns the root of the tree without entries: SHA-256 of nothing. */
  public static Sha256 emptyRoot() {
    return EMPTY;
  }
}
