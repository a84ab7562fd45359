package dev.drover.hub.core;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Sha256;
import dev.drover.hub.v1.AuditHead;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.tlog.CompactRange;
import dev.drover.tlog.Merkle;
import dev.drover.tlog.TileId;
import java.util.HashMap;
import java.util.Map;

/**
 * The Merkle tree of a log within one step: leaves are appended to the compact range, and the
 * hashes on the right edge are kept per tile level until they fill a tile. Used once, by one
 * thread.
 */
final class AuditTree {
  final AuditHead.Builder head;

  private final RowReader own;
  private final Step.Builder step;
  private final AuditHead headBefore;
  private final CompactRange range;

  /** Rows of the right edge that this step wrote, by tile level. */
  private final Map<Integer, byte[]> edges = new HashMap<>();

  AuditTree(RowReader own, Step.Builder step) {
    this.own = own;
    this.step = step;
    this.headBefore = AuditRows.head(own);
    this.head = headBefore.toBuilder();
    byte[] state = headBefore.getRange().toByteArray();
    this.range = state.length == 0 ? new CompactRange() : CompactRange.fromBytes(state);
  }

  /** Appends a leaf and returns its hash. */
  byte[] append(byte[] leaf) {
    step.put(AuditRows.entry(range.size()), leaf);
    Sha256 hash = Merkle.leaf(leaf);
    range.append(hash, this::node);
    head.setSize(range.size());
    return hash.toBytes();
  }

  private void node(int height, long index, Sha256 hash) {
    if (height % TileId.HEIGHT != 0) {
      return;
    }
    int level = height / TileId.HEIGHT;
    byte[] grown = concat(edge(level), hash.toBytes());
    if (grown.length == TileId.FULL_WIDTH * Sha256.BYTES) {
      step.put(AuditRows.tile(level, index / TileId.FULL_WIDTH), grown);
      grown = new byte[0];
    }
    edges.put(level, grown);
  }

  private byte[] edge(int level) {
    byte[] written = edges.get(level);
    if (written != null) {
      return written;
    }
    byte[] stored = own.get(AuditRows.edge(level));
    return stored == null ? new byte[0] : stored;
  }

  /** Returns the root over all leaves. */
  byte[] root() {
    return range.root().toBytes();
  }

  boolean hasGrown() {
    return head.getSize() > headBefore.getSize();
  }

  /** Writes what changed and returns the step. */
  Step done() {
    edges.forEach(
        (level, hashes) -> {
          if (hashes.length == 0) {
            step.delete(AuditRows.edge(level));
          } else {
            step.put(AuditRows.edge(level), hashes);
          }
        });
    if (hasGrown()) {
      head.setRange(ByteString.copyFrom(range.toBytes()));
    }
    AuditHead after = head.build();
    if (!after.equals(headBefore)) {
      step.put(AuditRows.HEAD, after.toByteArray());
    }
    return step.build();
  }

  private static byte[] concat(byte[] left, byte[] right) {
    byte[] both = new byte[left.length + right.length];
    System.arraycopy(left, 0, both, 0, left.length);
    System.arraycopy(right, 0, both, left.length, right.length);
    return both;
  }
}
