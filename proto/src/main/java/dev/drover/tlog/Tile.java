package dev.drover.tlog;

import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A tile of hashes: hash i of tile n at level l is the root over the 256^l entries from (256 n + i)
 * 256^l on.
 *
 * @param id names it; not a bundle of entries
 * @param hashes as many as the tile is wide
 */
public record Tile(TileId id, List<Sha256> hashes) {
  /**
   * Checks that name and content fit.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} if they do not
   */
  public Tile {
    hashes = List.copyOf(hashes);
    if (id.isEntries() || hashes.size() != id.width()) {
      throw Texts.malformed("tile", "it has " + hashes.size() + " hashes");
    }
  }

  /**
   * Reads the bytes of a tile.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} if there are not exactly 32 for each hash
   */
  public static Tile parse(TileId id, byte[] bytes) {
    if (bytes.length != id.width() * Sha256.BYTES) {
      throw Texts.malformed("tile", "it has " + bytes.length + " bytes");
    }
    List<Sha256> hashes = new ArrayList<>(id.width());
    for (int at = 0; at < bytes.length; at += Sha256.BYTES) {
      hashes.add(Sha256.fromBytes(Arrays.copyOfRange(bytes, at, at + Sha256.BYTES)));
    }
    return new Tile(id, hashes);
  }

  /** Returns the hashes one after another; 8,192 bytes when full. */
  public byte[] toBytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(hashes.size() * Sha256.BYTES);
    hashes.forEach(hash -> out.writeBytes(hash.toBytes()));
    return out.toByteArray();
  }

  /** Returns the tile that this one was when it had fewer hashes. */
  Tile first(TileId narrower) {
    return new Tile(narrower, hashes.subList(0, narrower.width()));
  }

  /**
   * Returns the root of a perfect subtree inside the tile.
   *
   * @param height 0 to 8; the subtree spans 2^height hashes of the tile
   * @param index place among the subtrees of that height
   */
  Sha256 node(int height, int index) {
    return fold(hashes.subList(index << height, (index + 1) << height));
  }

  /** Returns the root over hashes whose number is a power of two. */
  static Sha256 fold(List<Sha256> hashes) {
    List<Sha256> level = hashes;
    while (level.size() > 1) {
      List<Sha256> above = new ArrayList<>(level.size() / 2);
      for (int i = 0; i < level.size(); i += 2) {
        above.add(Merkle.node(level.get(i), level.get(i + 1)));
      }
      level = above;
    }
    return level.get(0);
  }
}
