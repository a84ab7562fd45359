package dev.drover.tlog;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;

/**
 * Reads a whole log and checks that entries, tiles and checkpoint say the same.
 *
 * <p>Work and reads grow with the log; memory does not.
 */
public final class LogVerifier {
  private LogVerifier() {}

  /** Receives the entries of a log in order, each before the log as a whole is proven. */
  @FunctionalInterface
  public interface EntrySink {
    /**
     * Takes an entry.
     *
     * @param index its place in the log, from 0
     */
    void entry(long index, byte[] entry);
  }

  /**
   * Reads all entries that a checkpoint covers.
   *
   * @param checkpoint already verified, see {@link Checkpoint#open}
   * @throws DroverException {@code DIGEST_MISMATCH} if a tile differs from what the entries give or
   *     the root from the checkpoint's, {@code NOT_FOUND} if something is not served, {@code
   *     MESSAGE_MALFORMED} if something else is served
   */
  public static void verify(Checkpoint checkpoint, TileSource source, EntrySink sink) {
    TileBuilder builder = new TileBuilder();
    while (builder.size() < checkpoint.size()) {
      long first = builder.size();
      int width = (int) Math.min(TileId.FULL_WIDTH, checkpoint.size() - first);
      for (byte[] entry : source.entries(first / TileId.FULL_WIDTH, width)) {
        sink.entry(builder.size(), entry);
        requireServed(builder.append(Merkle.leaf(entry)), source);
      }
    }
    requireServed(builder.partialTiles(), source);
    if (!builder.root().equals(checkpoint.root())) {
      throw new DroverException(
          ErrorCode.DIGEST_MISMATCH, "The log's entries do not give the checkpoint's root.");
    }
  }

  private static void requireServed(List<Tile> derived, TileSource source) {
    for (Tile tile : derived) {
      if (!source.tile(tile.id()).equals(tile)) {
        throw new DroverException(
            ErrorCode.DIGEST_MISMATCH, tile.id().path() + " does not match the log's entries.");
      }
    }
  }
}
