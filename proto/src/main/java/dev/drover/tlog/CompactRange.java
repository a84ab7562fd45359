package dev.drover.tlog;

import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;

/**
 * A growing tree reduced to what appending and the root need: the roots of its perfect subtrees,
 * one for each bit that is set in its size.
 *
 * <p>Not thread-safe; one writer owns it.
 */
public final class CompactRange {
  private static final int MAX_STATE_BYTES = Long.BYTES + (Long.SIZE - 1) * Sha256.BYTES;

  /** Smallest subtree first, because appending starts there. */
  private final Deque<Sha256> roots = new ArrayDeque<>();

  private long size;

  /** Receives every node at the moment from which on it never changes. */
  @FunctionalInterface
  public interface NodeSink {
    /**
     * Takes the root of a perfect subtree that has just become complete.
     *
     * @param level 0 for leaves; a subtree of level n has 2^n leaves
     * @param index its place among the subtrees of that level, from 0
     */
    void node(int level, long index, Sha256 hash);
  }

  /** Makes the range of the empty tree. */
  public CompactRange() {}

  /**
   * Restores a range from {@link #toBytes()}.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} if the number of hashes does not fit the size
   */
  public static CompactRange fromBytes(byte[] state) {
    if (state.length < Long.BYTES || state.length > MAX_STATE_BYTES) {
      throw malformed();
    }
    ByteBuffer in = ByteBuffer.wrap(state);
    CompactRange range = new CompactRange();
    range.size = in.getLong();
    if (range.size < 0 || in.remaining() != Long.bitCount(range.size) * Sha256.BYTES) {
      throw malformed();
    }
    while (in.hasRemaining()) {
      byte[] hash = new byte[Sha256.BYTES];
      in.get(hash);
      range.roots.push(Sha256.fromBytes(hash));
    }
    return range;
  }

  /**
   * Returns the state for a store: the size as 8 bytes big-endian, then the roots of the perfect
   * subtrees, largest first; 8 to 2,024 bytes.
   */
  public byte[] toBytes() {
    ByteBuffer out = ByteBuffer.allocate(Long.BYTES + roots.size() * Sha256.BYTES).putLong(size);
    for (Iterator<Sha256> i = roots.descendingIterator(); i.hasNext(); ) {
      out.put(i.next().toBytes());
    }
    return out.array();
  }

  /** Appends a leaf hash. */
  public void append(Sha256 leafHash) {
    append(leafHash, (level, index, hash) -> {});
  }

  /** Appends a leaf hash and reports it and every inner node that it completes, lowest first. */
  public void append(Sha256 leafHash, NodeSink sink) {
    Sha256 hash = leafHash;
    sink.node(0, size, hash);
    int level = 0;
    for (long rest = size; (rest & 1) == 1; rest >>= 1) {
      hash = Merkle.node(roots.pop(), hash);
      level++;
      sink.node(level, rest >> 1, hash);
    }
    roots.push(hash);
    size++;
  }

  /** Returns the number of leaves. */
  public long size() {
    return size;
  }

  /** Returns the root of the tree (RFC 6962 section 2.1). */
  public Sha256 root() {
    Iterator<Sha256> smallestFirst = roots.iterator();
    if (!smallestFirst.hasNext()) {
      return Merkle.emptyRoot();
    }
    Sha256 root = smallestFirst.next();
    while (smallestFirst.hasNext()) {
      root = Merkle.node(smallestFirst.next(), root);
    }
    return root;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CompactRange range && Arrays.equals(toBytes(), range.toBytes());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(toBytes());
  }

  private static DroverException malformed() {
    return new DroverException(
        ErrorCode.MESSAGE_MALFORMED, "The saved Merkle range does not fit its size.");
  }
}
