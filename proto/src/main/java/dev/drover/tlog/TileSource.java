package dev.drover.tlog;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Optional;

/**
 * Stored tiles and bundles, whatever stores them: a database, a directory, a web server. What it
 * returns is not trusted.
 */
@FunctionalInterface
public interface TileSource {
  /** Returns the bytes of a tile or bundle as stored, or nothing where it does not exist. */
  Optional<byte[]> read(TileId id);

  /**
   * Returns a tile of hashes. A log may drop a partial tile once the full one exists, so the start
   * of the full one will do.
   *
   * @throws DroverException {@code NOT_FOUND} if neither is there, {@code MESSAGE_MALFORMED} if
   *     something else is
   */
  default Tile tile(TileId id) {
    return read(id)
        .map(bytes -> Tile.parse(id, bytes))
        .or(() -> read(id.whenFull()).map(bytes -> Tile.parse(id.whenFull(), bytes).first(id)))
        .orElseThrow(() -> notFound(id));
  }

  /**
   * Returns the first entries of a bundle, also from one that holds more.
   *
   * @param index of the bundle, from 0
   * @param width how many, 1 to 256
   * @throws DroverException {@code NOT_FOUND} if it is not there, {@code MESSAGE_MALFORMED} if
   *     something else is
   */
  default List<byte[]> entries(long index, int width) {
    TileId id = TileId.entries(index, width);
    return read(id)
        .map(bytes -> EntryBundle.decode(bytes, width))
        .or(() -> read(id.whenFull()).map(full -> EntryBundle.decode(full, TileId.FULL_WIDTH)))
        .orElseThrow(() -> notFound(id))
        .subList(0, width);
  }

  private static DroverException notFound(TileId id) {
    return new DroverException(ErrorCode.NOT_FOUND, "The log has no " + id.path() + ".");
  }
}
