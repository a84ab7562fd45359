package dev.drover.tlog;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TiledLogTest {
  /** A log as a hub would store it: full tiles and bundles as they fill, the rest on demand. */
  private static final class StoredLog implements TileSource {
    final Map<String, byte[]> files = new HashMap<>();
    final List<byte[]> entries = new ArrayList<>();
    final TileBuilder builder = new TileBuilder();
    int reads;

    void append(byte[] entry) {
      entries.add(entry);
      for (Tile tile : builder.append(Merkle.leaf(entry))) {
        files.put(tile.id().path(), tile.toBytes());
      }
      if (entries.size() % 256 == 0) {
        storeBundle(256);
      }
    }

    void publishPartials() {
      builder.partialTiles().forEach(tile -> files.put(tile.id().path(), tile.toBytes()));
      if (entries.size() % 256 > 0) {
        storeBundle(entries.size() % 256);
      }
    }

    private void storeBundle(int width) {
      int first = entries.size() - width;
      byte[] bundle = EntryBundle.encode(entries.subList(first, entries.size()));
      files.put(TileId.entries(first / 256, width).path(), bundle);
    }

    @Override
    public Optional<byte[]> read(TileId id) {
      reads++;
      return Optional.ofNullable(files.get(id.path()));
    }

    byte[] stored(String path) {
      return Objects.requireNonNull(files.get(path), path);
    }

    Checkpoint checkpoint() {
      return new Checkpoint("log", entries.size(), builder.root());
    }
  }

  private static StoredLog logOf(int size) {
    StoredLog log = new StoredLog();
    Vectors.entries(size).forEach(log::append);
    log.publishPartials();
    return log;
  }

  @Test
  void log_publishedEntries_givesThePublishedFiles() throws IOException {
    NoteSigner signer = NoteSigner.parse(Vectors.TESSERA_SIGNER);
    StoredLog log = new StoredLog();
    Map<String, byte[]> expected = new HashMap<>();
    ByteArrayOutputStream checkpoints = new ByteArrayOutputStream();
    ByteArrayOutputStream tiles = new ByteArrayOutputStream();
    for (int size = 0; size <= Vectors.TESSERA_ENTRIES.size(); size++) {
      if (size > 0) {
        log.append(Vectors.TESSERA_ENTRIES.get(size - 1));
        log.publishPartials();
        tiles.writeBytes(log.stored("tile/0/000.p/" + size));
        tiles.writeBytes(log.stored("tile/entries/000.p/" + size));
      }
      byte[] root = log.builder.root().toBytes();
      Checkpoint checkpoint =
          new Checkpoint(signer.verifierKey().name(), size, Sha256.fromBytes(root));
      byte[] note = checkpoint.sign(signer).toBytes();
      checkpoints.writeBytes(note);
      expected.put("checkpoint." + size, note);
    }
    // SHA-256 of the 46 published files: checkpoints 0 to 15, then tile and bundle of each size.
    assertEquals(
        "9842559681c1ac784e876967fd1fe693af5fa589dd22b7f1fc15839218aba89d",
        Sha256.of(checkpoints.toByteArray(), tiles.toByteArray()).hex());
    Optional<Path> folder = Vectors.sharedFolder("tlog/tessera-log");
    expected.putAll(log.files);
    assertEquals(46, expected.size());
    if (folder.isPresent()) {
      for (Map.Entry<String, byte[]> file : expected.entrySet()) {
        byte[] published = Files.readAllBytes(folder.get().resolve(file.getKey()));
        assertArrayEquals(published, file.getValue(), file.getKey());
      }
    }
  }

  @Test
  void builder_atEverySize_hasTheRootAndTheTilesOfTheDefinition() {
    List<byte[]> entries = Vectors.entries(600);
    TileBuilder builder = new TileBuilder();
    CompactRange range = new CompactRange();
    for (int size = 0; size <= entries.size(); size++) {
      assertEquals(size, builder.size());
      assertEquals(range.root(), builder.root());
      List<TileId> hashTiles =
          TileId.partialTiles(size).stream().filter(id -> !id.isEntries()).toList();
      assertEquals(hashTiles, builder.partialTiles().stream().map(Tile::id).toList());
      if (size < entries.size()) {
        Sha256 leaf = Merkle.leaf(entries.get(size));
        List<Tile> full = builder.append(leaf);
        range.append(leaf);
        assertEquals(
            (size + 1) % 256 == 0 ? List.of(TileId.full(0, size / 256)) : List.of(),
            full.stream().map(Tile::id).toList());
      }
    }
    Tile level1 = builder.partialTiles().get(1);
    assertEquals(new TileId(1, 0, 2), level1.id());
    assertEquals(Vectors.definedRoot(entries.subList(0, 256)), level1.hashes().get(0));
    assertEquals(Vectors.definedRoot(entries.subList(256, 512)), level1.hashes().get(1));
    Tile level0 = builder.partialTiles().get(0);
    assertEquals(Merkle.leaf(entries.get(512)), level0.hashes().get(0));
  }

  @Test
  void builder_restoredAtAnySize_growsOnTheSame() {
    StoredLog log = new StoredLog();
    List<byte[]> entries = Vectors.entries(600);
    for (int size = 0; size < entries.size(); size++) {
      if (size % 37 == 0 || size % 256 == 0 || size % 256 == 255) {
        log.publishPartials();
        TileBuilder restored = TileBuilder.restore(size, log);
        assertEquals(size, restored.size());
        assertEquals(log.builder.root(), restored.root());
        assertEquals(log.builder.partialTiles(), restored.partialTiles());
      }
      log.append(entries.get(size));
    }
  }

  @Test
  void builder_acrossThreeLevels_completesTilesOfEveryLevel() {
    TileBuilder builder = new TileBuilder();
    CompactRange range = new CompactRange();
    Map<TileId, Tile> full = new HashMap<>();
    int size = 65_536 + 300;
    for (int i = 0; i < size; i++) {
      Sha256 leaf = Merkle.leaf(new byte[] {(byte) i, (byte) (i >> 8), (byte) (i >> 16)});
      builder.append(leaf).forEach(tile -> full.put(tile.id(), tile));
      range.append(leaf);
    }
    assertEquals(range.root(), builder.root());
    assertEquals(257 + 1, full.size());
    assertTrue(full.containsKey(TileId.full(1, 0)));
    assertEquals(
        List.of(new TileId(0, 257, 44), new TileId(1, 1, 1), new TileId(2, 0, 1)),
        builder.partialTiles().stream().map(Tile::id).toList());
    // A source without the partial tiles and without any tile of level 2 is enough.
    List<byte[]> last = new ArrayList<>();
    for (int i = 65_536 + 256; i < size; i++) {
      last.add(new byte[] {(byte) i, (byte) (i >> 8), (byte) (i >> 16)});
    }
    TileSource source =
        id ->
            id.isEntries()
                ? Optional.of(EntryBundle.encode(last))
                : Optional.ofNullable(full.get(id)).map(Tile::toBytes);
    TileBuilder restored = TileBuilder.restore(size, source);
    assertEquals(builder.root(), restored.root());
    assertEquals(builder.partialTiles(), restored.partialTiles());
  }

  @Test
  void tileNodes_proofsFromTiles_equalThoseFromMemory() {
    StoredLog log = logOf(600);
    MemoryTree tree = Vectors.tree(log.entries);
    TileNodes nodes = new TileNodes(600, log);
    for (int index = 0; index < 600; index += 7) {
      assertEquals(
          MerkleProofs.inclusion(index, 600, tree), MerkleProofs.inclusion(index, 600, nodes));
    }
    for (int old = 1; old <= 600; old += 13) {
      assertEquals(
          MerkleProofs.consistency(old, 600, tree), MerkleProofs.consistency(old, 600, nodes));
    }
    assertTrue(log.reads <= 4, "each tile is read once");
    assertEquals(tree.node(9, 0), nodes.node(9, 0));
  }

  @Test
  void tileNodes_olderSizeAfterGrowth_usesFullTiles() {
    StoredLog log = grownPast300();
    MemoryTree tree = Vectors.tree(log.entries.subList(0, 300));
    TileNodes nodes = new TileNodes(300, log);
    assertEquals(MerkleProofs.inclusion(299, 300, tree), MerkleProofs.inclusion(299, 300, nodes));
    assertEquals(MerkleProofs.root(300, tree), MerkleProofs.root(300, nodes));
  }

  @Test
  void tileNodes_badSource_isReported() {
    StoredLog log = logOf(300);
    TileNodes nodes = new TileNodes(300, log);
    for (long[] node : new long[][] {{0, 300}, {0, -1}, {2, 75}, {8, 1}, {9, 0}, {63, 0}}) {
      assertRefused(ErrorCode.INVALID_ARGUMENT, () -> nodes.node((int) node[0], node[1]));
    }
    assertEquals(Merkle.leaf(log.entries.get(299)), nodes.node(0, 299));
    TileNodes empty = new TileNodes(300, id -> Optional.empty());
    assertRefused(ErrorCode.NOT_FOUND, () -> empty.node(0, 0));
    TileNodes torn = new TileNodes(300, id -> Optional.of(new byte[31]));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> torn.node(0, 0));
  }

  @Test
  void tileNodes_manyTiles_keepsOnlySome() {
    List<Sha256> same = Collections.nCopies(256, Sha256.of());
    int[] reads = {0};
    TileSource source =
        id -> {
          reads[0]++;
          return Optional.of(new Tile(id.whenFull(), same).toBytes());
        };
    TileNodes nodes = new TileNodes(100L * 256, source);
    for (int round = 0; round < 2; round++) {
      for (int tile = 0; tile < 64; tile++) {
        nodes.node(0, tile * 256L);
      }
    }
    assertEquals(64, reads[0]);
    nodes.node(0, 64 * 256L);
    nodes.node(0, 63 * 256L);
    assertEquals(65, reads[0]);
    nodes.node(0, 0);
    assertEquals(66, reads[0]);
  }

  @Test
  void verify_wholeLog_seesEveryEntryOnce() {
    for (int size : new int[] {0, 1, 255, 256, 257, 600}) {
      StoredLog log = logOf(size);
      List<byte[]> seen = new ArrayList<>();
      LogVerifier.verify(
          log.checkpoint(),
          log,
          (index, entry) -> {
            assertEquals(seen.size(), index);
            seen.add(entry);
          });
      assertEquals(size, seen.size());
      assertEquals(Vectors.definedRoot(log.entries), Vectors.definedRoot(seen));
    }
  }

  @Test
  void verify_olderCheckpointOfAGrownLog_holds() {
    StoredLog log = grownPast300();
    Checkpoint old = new Checkpoint("log", 300, Vectors.definedRoot(log.entries.subList(0, 300)));
    LogVerifier.verify(old, log, (index, entry) -> assertTrue(index < 300));
  }

  /** Returns a log that had a checkpoint at 300 and has since dropped what full tiles replace. */
  private static StoredLog grownPast300() {
    StoredLog log = logOf(300);
    Vectors.entries(300).forEach(log::append);
    assertTrue(log.files.keySet().removeAll(List.of("tile/0/001.p/44", "tile/entries/001.p/44")));
    log.publishPartials();
    return log;
  }

  @Test
  void verify_anyFlippedByte_isFound() {
    StoredLog log = logOf(300);
    Checkpoint checkpoint = log.checkpoint();
    List<String> paths = List.copyOf(log.files.keySet());
    assertEquals(5, paths.size());
    for (String path : paths) {
      byte[] good = log.stored(path);
      for (int at = 0; at < good.length; at += 97) {
        byte[] bad = good.clone();
        bad[at] ^= 1;
        log.files.put(path, bad);
        assertThrows(
            DroverException.class,
            () -> LogVerifier.verify(checkpoint, log, (index, entry) -> {}),
            path);
      }
      log.files.remove(path);
      assertRefused(
          ErrorCode.NOT_FOUND, () -> LogVerifier.verify(checkpoint, log, (index, entry) -> {}));
      log.files.put(path, good);
    }
    LogVerifier.verify(checkpoint, log, (index, entry) -> {});
  }

  @Test
  void verify_forgedRewrite_missesTheRoot() {
    StoredLog forged = new StoredLog();
    Vectors.entries(300).forEach(forged::append);
    forged.append(new byte[] {1});
    forged.publishPartials();
    StoredLog honest = logOf(301);
    assertRefused(
        ErrorCode.DIGEST_MISMATCH,
        () -> LogVerifier.verify(honest.checkpoint(), forged, (index, entry) -> {}));
    Checkpoint otherRoot = new Checkpoint("log", 301, forged.builder.root());
    assertRefused(
        ErrorCode.DIGEST_MISMATCH,
        () -> LogVerifier.verify(otherRoot, honest, (index, entry) -> {}));
  }

  @Test
  void verify_tileThatFitsNoEntry_isNamed() {
    StoredLog log = logOf(257);
    byte[] bad = log.stored("tile/0/000").clone();
    bad[0] ^= 1;
    log.files.put("tile/0/000", bad);
    String message =
        assertRefused(
            ErrorCode.DIGEST_MISMATCH,
            () -> LogVerifier.verify(log.checkpoint(), log, (index, entry) -> {}));
    assertTrue(message.contains("tile/0/000"));
  }
}
