package dev.drover.tlog;

import static dev.drover.testkit.Refusals.assertRefused;
import static dev.drover.tlog.Vectors.CLASSIC_LEAVES;
import static dev.drover.tlog.Vectors.CLASSIC_ROOTS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.drover.crypto.Sha256;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MerkleTest {
  @Test
  void compactRange_classicLeaves_givesPublishedRoots() {
    CompactRange range = new CompactRange();
    assertEquals(CLASSIC_ROOTS.get(0), range.root().hex());
    for (int size = 1; size <= CLASSIC_LEAVES.size(); size++) {
      range.append(Merkle.leaf(CLASSIC_LEAVES.get(size - 1)));
      assertEquals(CLASSIC_ROOTS.get(size), range.root().hex());
      assertEquals(size, range.size());
    }
  }

  @Test
  void compactRange_savedAfterEveryLeaf_growsOnTheSame() {
    List<byte[]> entries = Vectors.entries(70);
    CompactRange kept = new CompactRange();
    for (int size = 0; size < entries.size(); size++) {
      CompactRange restored = CompactRange.fromBytes(kept.toBytes());
      assertEquals(kept, restored);
      assertEquals(kept.hashCode(), restored.hashCode());
      assertEquals(8 + 32 * Integer.bitCount(size), kept.toBytes().length);
      restored.append(Merkle.leaf(entries.get(size)));
      kept.append(Merkle.leaf(entries.get(size)));
      assertEquals(Vectors.definedRoot(entries.subList(0, size + 1)), restored.root());
      assertEquals(size + 1, restored.size());
    }
    assertNotEquals(kept, new CompactRange());
  }

  @Test
  void compactRange_sizeSeven_isPinnedForStores() {
    CompactRange range = new CompactRange();
    CLASSIC_LEAVES.subList(0, 7).forEach(leaf -> range.append(Merkle.leaf(leaf)));
    byte[] four = Sha256.fromHex(CLASSIC_ROOTS.get(4)).toBytes();
    byte[] two = Vectors.definedRoot(CLASSIC_LEAVES.subList(4, 6)).toBytes();
    byte[] one = Merkle.leaf(CLASSIC_LEAVES.get(6)).toBytes();
    byte[] state = range.toBytes();
    assertEquals(7, state[7]);
    assertEquals(Sha256.of(new byte[7], new byte[] {7}, four, two, one), Sha256.of(state));
  }

  @Test
  void compactRange_damagedState_isRefused() {
    CompactRange range = new CompactRange();
    CLASSIC_LEAVES.subList(0, 3).forEach(leaf -> range.append(Merkle.leaf(leaf)));
    byte[] good = range.toBytes();
    byte[] negative = good.clone();
    negative[0] = (byte) 0x80;
    byte[] otherSize = good.clone();
    otherSize[7] = 1;
    for (byte[] bad :
        List.of(
            new byte[0],
            new byte[7],
            Arrays.copyOf(good, good.length - 1),
            Arrays.copyOf(good, good.length + 1),
            negative,
            otherSize,
            new byte[8 + 64 * 32])) {
      assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> CompactRange.fromBytes(bad));
    }
  }

  @Test
  void compactRange_ofTheLargestSize_canBeSavedAndRestored() {
    byte[] state = new byte[8 + 63 * 32];
    Arrays.fill(state, 0, 8, (byte) 0xff);
    state[0] = 0x7f;
    assertEquals(Long.MAX_VALUE, CompactRange.fromBytes(state).size());
  }

  @Test
  void sink_everyAppend_getsEachNodeOnceWhenItIsFinal() {
    List<byte[]> entries = Vectors.entries(33);
    CompactRange range = new CompactRange();
    List<String> seen = new ArrayList<>();
    for (byte[] entry : entries) {
      range.append(
          Merkle.leaf(entry),
          (level, index, hash) -> {
            int from = (int) index << level;
            assertEquals(Vectors.definedRoot(entries.subList(from, from + (1 << level))), hash);
            seen.add(level + "/" + index);
          });
    }
    // Sizes of the levels: 33 leaves, then 16, 8, 4, 2 and 1 finished nodes.
    assertEquals(33 + 16 + 8 + 4 + 2 + 1, seen.stream().distinct().count());
    assertEquals(64, seen.size());
    assertEquals(List.of("0/0", "0/1", "1/0", "0/2", "0/3", "1/1", "2/0"), seen.subList(0, 7));
  }
}
