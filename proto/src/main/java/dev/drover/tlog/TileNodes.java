package dev.drover.tlog;

import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The nodes of a tree of one size, read from tiles.
 *
 * <p>Keeps the {@value #MAX_CACHED_TILES} tiles used last, at most 0.5 MiB of hashes. Not
 * thread-safe: make one for a request. Proofs from it are as good as the tiles; a reader that does
 * not trust them verifies the proof.
 */
public final class TileNodes implements NodeSource {
  private static final int MAX_CACHED_TILES = 64;

  private final long size;
  private final TileSource source;
  private final Map<TileId, Tile> cache =
      new LinkedHashMap<>(MAX_CACHED_TILES, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TileId, Tile> eldest) {
          return size() > MAX_CACHED_TILES;
        }
      };

  /** Makes the view of the first {@code size} entries of what the source holds. */
  public TileNodes(long size, TileSource source) {
    this.size = size;
    this.source = source;
  }

  /**
   * {@inheritDoc}
   *
   * @throws DroverException {@code INVALID_ARGUMENT} outside the tree, {@code NOT_FOUND} if the
   *     source lacks the tile, {@code MESSAGE_MALFORMED} if it returns something else
   */
  @Override
  public Sha256 node(int level, long index) {
    int tileLevel = level / TileId.HEIGHT;
    int height = level % TileId.HEIGHT;
    long first = index << height;
    long inLevel = TileId.countAt(tileLevel, size);
    if (index < 0 || first + (1L << height) > inLevel) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "The node lies outside a log of " + size + " entries.");
    }
    long tileIndex = first / TileId.FULL_WIDTH;
    int width = (int) Math.min(TileId.FULL_WIDTH, inLevel - tileIndex * TileId.FULL_WIDTH);
    Tile tile = tile(new TileId(tileLevel, tileIndex, width));
    return tile.node(height, (int) (first % TileId.FULL_WIDTH) >> height);
  }

  private Tile tile(TileId id) {
    Tile cached = cache.get(id);
    if (cached != null) {
      return cached;
    }
    Tile tile = source.tile(id);
    cache.put(id, tile);
    return tile;
  }
}
