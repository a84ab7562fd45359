package dev.drover.tlog;

import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a growing log into tiles. Holds the right edge only: fewer than 256 hashes for each level.
 *
 * <p>Full tiles come out of {@link #append} and are stored with the entries they cover; partial
 * ones are taken with {@link #partialTiles} when a checkpoint is made. Not thread-safe.
 */
public final class TileBuilder {
  private final List<List<Sha256>> edge = new ArrayList<>();
  private long size;

  /** Makes the builder of an empty log. */
  public TileBuilder() {}

  /**
   * Returns the builder as it was after a number of entries. Reads full tiles and the last bundle
   * of entries, never partial tiles, which need not exist for every size.
   *
   * @throws DroverException {@code NOT_FOUND} or {@code MESSAGE_MALFORMED} if the source lacks one
   *     or returns something else
   */
  public static TileBuilder restore(long size, TileSource source) {
    TileBuilder builder = new TileBuilder();
    builder.size = size;
    for (int level = 0; TileId.countAt(level, size) > 0; level++) {
      long count = TileId.countAt(level, size);
      long index = count / TileId.FULL_WIDTH;
      int width = (int) (count % TileId.FULL_WIDTH);
      builder.edge.add(
          level == 0 ? leaves(index, width, source) : roots(level, index, width, source));
    }
    return builder;
  }

  /** Appends a leaf hash and returns the full tiles that it completes, lowest level first. */
  public List<Tile> append(Sha256 leafHash) {
    List<Tile> completed = new ArrayList<>();
    Sha256 hash = leafHash;
    size++;
    for (int level = 0; ; level++) {
      if (level == edge.size()) {
        edge.add(new ArrayList<>());
      }
      List<Sha256> hashes = edge.get(level);
      hashes.add(hash);
      if (hashes.size() < TileId.FULL_WIDTH) {
        return completed;
      }
      long index = TileId.countAt(level, size) / TileId.FULL_WIDTH - 1;
      completed.add(new Tile(TileId.full(level, index), hashes));
      hash = Tile.fold(hashes);
      hashes.clear();
    }
  }

  /** Returns the tiles that are neither full nor empty, lowest level first. */
  public List<Tile> partialTiles() {
    List<Tile> tiles = new ArrayList<>();
    for (int level = 0; level < edge.size(); level++) {
      List<Sha256> hashes = edge.get(level);
      if (!hashes.isEmpty()) {
        long index = TileId.countAt(level, size) / TileId.FULL_WIDTH;
        tiles.add(new Tile(new TileId(level, index, hashes.size()), hashes));
      }
    }
    return tiles;
  }

  /** Returns the number of entries. */
  public long size() {
    return size;
  }

  /** Returns the root over all entries. */
  public Sha256 root() {
    return MerkleProofs.root(size, this::edgeNode);
  }

  /** Returns one of the perfect subtrees that the tree's size splits into; all lie on the edge. */
  private Sha256 edgeNode(int level, long index) {
    int height = level % TileId.HEIGHT;
    int first = (int) ((index << height) % TileId.FULL_WIDTH);
    return Tile.fold(edge.get(level / TileId.HEIGHT).subList(first, first + (1 << height)));
  }

  private static List<Sha256> leaves(long index, int width, TileSource source) {
    List<Sha256> hashes = new ArrayList<>();
    if (width > 0) {
      source.entries(index, width).forEach(entry -> hashes.add(Merkle.leaf(entry)));
    }
    return hashes;
  }

  private static List<Sha256> roots(int level, long index, int width, TileSource source) {
    List<Sha256> hashes = new ArrayList<>();
    for (int i = 0; i < width; i++) {
      TileId below = TileId.full(level - 1, index * TileId.FULL_WIDTH + i);
      hashes.add(Tile.fold(source.tile(below).hashes()));
    }
    return hashes;
  }
}
