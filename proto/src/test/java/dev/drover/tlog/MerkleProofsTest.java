package dev.drover.tlog;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.drover.crypto.Sha256;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MerkleProofsTest {
  private static final int MAX_SIZE = 70;

  private final List<byte[]> entries = Vectors.entries(MAX_SIZE);
  private final MemoryTree tree = Vectors.tree(entries);

  @Test
  void root_everySize_isTheDefinedOne() {
    for (int size = 0; size <= MAX_SIZE; size++) {
      assertEquals(
          Vectors.definedRoot(entries.subList(0, size)), MerkleProofs.root(size, tree), "" + size);
    }
  }

  @Test
  void inclusion_everyLeafOfEveryTree_isTheDefinedPathAndVerifies() {
    for (int size = 1; size <= MAX_SIZE; size++) {
      List<byte[]> covered = entries.subList(0, size);
      Sha256 root = Vectors.definedRoot(covered);
      for (int index = 0; index < size; index++) {
        List<Sha256> proof = MerkleProofs.inclusion(index, size, tree);
        assertEquals(Vectors.definedPath(index, covered), proof);
        Sha256 leaf = Merkle.leaf(entries.get(index));
        assertTrue(MerkleVerifier.inclusion(index, size, leaf, proof, root));
        assertEquals(Optional.of(root), MerkleVerifier.root(index, size, leaf, proof));
      }
    }
  }

  @Test
  void inclusion_anyOtherClaim_isRefused() {
    for (int size = 1; size <= 20; size++) {
      Sha256 root = MerkleProofs.root(size, tree);
      for (int index = 0; index < size; index++) {
        List<Sha256> proof = MerkleProofs.inclusion(index, size, tree);
        Sha256 leaf = Merkle.leaf(entries.get(index));
        for (int other = -1; other <= size + 1; other++) {
          assertEquals(other == index, MerkleVerifier.inclusion(other, size, leaf, proof, root));
        }
        assertFalse(MerkleVerifier.inclusion(index, size, Merkle.leaf(new byte[9]), proof, root));
        assertFalse(MerkleVerifier.inclusion(index, size, leaf, proof, leaf) && size > 1);
        for (List<Sha256> bad : damaged(proof, root)) {
          assertFalse(MerkleVerifier.inclusion(index, size, leaf, bad, root));
        }
      }
    }
  }

  @Test
  void inclusion_sizeThatNeedsAnotherDepth_isRefused() {
    Sha256 leaf = Merkle.leaf(entries.get(2));
    List<Sha256> proof = MerkleProofs.inclusion(2, 8, tree);
    Sha256 root = MerkleProofs.root(8, tree);
    assertTrue(MerkleVerifier.inclusion(2, 8, leaf, proof, root));
    for (long size : new long[] {Long.MIN_VALUE, -1, 0, 1, 2, 3, 4, 9, 16, 17, Long.MAX_VALUE}) {
      assertFalse(MerkleVerifier.inclusion(2, size, leaf, proof, root), "" + size);
    }
    List<Sha256> endless = Collections.nCopies(1_000_000, leaf);
    assertFalse(MerkleVerifier.inclusion(2, Long.MAX_VALUE, leaf, endless, root));
  }

  @Test
  void consistency_everyPairOfSizes_isTheDefinedProofAndVerifies() {
    for (int size = 1; size <= MAX_SIZE; size++) {
      Sha256 root = MerkleProofs.root(size, tree);
      for (int old = 1; old <= size; old++) {
        List<Sha256> proof = MerkleProofs.consistency(old, size, tree);
        assertEquals(Vectors.definedSubproof(old, entries.subList(0, size), true), proof);
        Sha256 oldRoot = MerkleProofs.root(old, tree);
        assertTrue(MerkleVerifier.consistency(old, size, oldRoot, root, proof), old + "," + size);
      }
    }
  }

  @Test
  void consistency_anyOtherClaim_isRefused() {
    for (int size = 2; size <= 20; size++) {
      Sha256 root = MerkleProofs.root(size, tree);
      for (int old = 1; old < size; old++) {
        Sha256 oldRoot = MerkleProofs.root(old, tree);
        List<Sha256> proof = MerkleProofs.consistency(old, size, tree);
        Sha256 wrong = Merkle.leaf(new byte[9]);
        assertFalse(MerkleVerifier.consistency(old, size, wrong, root, proof));
        assertFalse(MerkleVerifier.consistency(old, size, oldRoot, wrong, proof));
        assertFalse(MerkleVerifier.consistency(old, size, root, oldRoot, proof));
        for (List<Sha256> bad : damaged(proof, oldRoot)) {
          assertFalse(MerkleVerifier.consistency(old, size, oldRoot, root, bad), old + "," + size);
        }
        for (int other = 0; other <= size + 1; other++) {
          boolean right = other == old;
          assertEquals(
              right,
              MerkleVerifier.consistency(
                      other,
                      size,
                      right ? oldRoot : MerkleProofs.root(other % size, tree),
                      root,
                      proof)
                  && right);
        }
      }
    }
  }

  @Test
  void consistency_sameSize_needsSameRootAndNoProof() {
    Sha256 one = Merkle.leaf(entries.get(0));
    Sha256 two = Merkle.leaf(entries.get(1));
    assertTrue(MerkleVerifier.consistency(4, 4, one, one, List.of()));
    assertFalse(MerkleVerifier.consistency(4, 4, one, two, List.of()));
    assertFalse(MerkleVerifier.consistency(4, 4, one, one, List.of(one)));
    assertFalse(MerkleVerifier.consistency(0, 0, one, one, List.of()));
    assertFalse(MerkleVerifier.consistency(-1, 4, one, one, List.of()));
    assertFalse(MerkleVerifier.consistency(5, 4, one, one, List.of()));
    assertFalse(MerkleVerifier.consistency(3, 4, one, one, List.of()));
    assertFalse(
        MerkleVerifier.consistency(
            4, Long.MAX_VALUE, one, one, Collections.nCopies(1_000_000, one)));
  }

  @Test
  void proofs_outsideTheTree_areRefused() {
    for (long[] pair : new long[][] {{-1, 5}, {5, 5}, {6, 5}, {0, 0}}) {
      assertRefused(
          ErrorCode.INVALID_ARGUMENT, () -> MerkleProofs.inclusion(pair[0], pair[1], tree));
    }
    for (long[] pair : new long[][] {{0, 5}, {-1, 5}, {6, 5}, {0, 0}}) {
      assertRefused(
          ErrorCode.INVALID_ARGUMENT, () -> MerkleProofs.consistency(pair[0], pair[1], tree));
    }
  }

  @Test
  void proofs_publishedVectors_areJudgedAsPublished() throws IOException {
    // The published tree of eight leaves, from its own vectors; larger sets where a copy exists.
    MemoryTree classic = Vectors.tree(Vectors.CLASSIC_LEAVES);
    assertEquals(
        List.of(
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
        MerkleProofs.consistency(2, 5, classic).stream().map(Sha256::hex).toList());
    Optional<Path> folder = Vectors.sharedFolder("tlog/merkle");
    if (folder.isPresent()) {
      assertEquals(98, judge(folder.get().resolve("inclusion"), this::judgeInclusion));
      assertEquals(98, judge(folder.get().resolve("consistency"), this::judgeConsistency));
    }
  }

  private interface Judge {
    boolean accepts(JsonNode vector);
  }

  private static int judge(Path folder, Judge judge) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    List<Path> files;
    try (Stream<Path> walk = Files.walk(folder)) {
      files = walk.filter(path -> path.toString().endsWith(".json")).toList();
    }
    for (Path file : files) {
      JsonNode vector = mapper.readTree(Files.readString(file));
      boolean expected = !vector.get("wantErr").asBoolean();
      boolean dummyRoots = file.endsWith("sizes-are-equal-one-and-proof-is-empty.json");
      assertEquals(expected && !dummyRoots, judge.accepts(vector), file.toString());
    }
    return files.size();
  }

  private boolean judgeInclusion(JsonNode vector) {
    return hashes(vector, "leafHash", "root")
        .filter(
            all ->
                MerkleVerifier.inclusion(
                    number(vector, "leafIdx"),
                    number(vector, "treeSize"),
                    all.get(0),
                    all.subList(2, all.size()),
                    all.get(1)))
        .isPresent();
  }

  private boolean judgeConsistency(JsonNode vector) {
    return hashes(vector, "root1", "root2")
        .filter(
            all ->
                MerkleVerifier.consistency(
                    number(vector, "size1"),
                    number(vector, "size2"),
                    all.get(0),
                    all.get(1),
                    all.subList(2, all.size())))
        .isPresent();
  }

  /** Returns the two named hashes, then the proof; nothing where one is not 32 bytes long. */
  private static Optional<List<Sha256>> hashes(JsonNode vector, String first, String second) {
    List<Sha256> all = new ArrayList<>();
    List<String> texts = new ArrayList<>(List.of(vector.get(first).asText()));
    texts.add(vector.get(second).asText());
    vector.get("proof").forEach(node -> texts.add(node.asText()));
    for (String text : texts) {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (bytes.length != Sha256.BYTES) {
        return Optional.empty();
      }
      all.add(Sha256.fromBytes(bytes));
    }
    return Optional.of(all);
  }

  private static long number(JsonNode vector, String field) {
    return vector.get(field).bigIntegerValue().longValue();
  }

  /** Returns proofs that differ from a right one in one thing. */
  private static List<List<Sha256>> damaged(List<Sha256> proof, Sha256 extra) {
    List<List<Sha256>> all = new ArrayList<>();
    for (int i = 0; i < proof.size(); i++) {
      byte[] flipped = proof.get(i).toBytes();
      flipped[i % Sha256.BYTES] ^= 4;
      List<Sha256> changed = new ArrayList<>(proof);
      changed.set(i, Sha256.fromBytes(flipped));
      all.add(changed);
      List<Sha256> shorter = new ArrayList<>(proof);
      shorter.remove(i);
      all.add(shorter);
    }
    all.add(Stream.concat(proof.stream(), Stream.of(extra)).toList());
    all.add(Stream.concat(Stream.of(extra), proof.stream()).toList());
    List<Sha256> reversed = new ArrayList<>(proof);
    Collections.reverse(reversed);
    if (!reversed.equals(proof)) {
      all.add(reversed);
    }
    all.removeIf(changed -> Arrays.equals(changed.toArray(), proof.toArray()));
    return all;
  }
}
