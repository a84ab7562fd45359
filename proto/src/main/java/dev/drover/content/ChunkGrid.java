package dev.drover.content;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Where a file is cut: every {@value #CHUNK_BYTES} bytes, and in a GGUF file anew at the start of
 * each tensor, so that a tensor that stays the same keeps its chunks whatever changes before it.
 * Immutable.
 */
public final class ChunkGrid {
  /** Length of a chunk that is not cut short by the next tensor or the end of the file. */
  public static final int CHUNK_BYTES = Limits.CHUNK_BYTES_MAX;

  /** Most chunks of a file. */
  public static final int MAX_CHUNKS = 1 << 20;

  /** Start of every chunk, then the end of the file. */
  private final long[] edges;

  private ChunkGrid(long[] edges) {
    this.edges = edges;
  }

  /**
   * Returns the grid of a file: that of its tensors if it is a GGUF file, else the plain one.
   *
   * @throws DroverException {@code MODEL_CORRUPT} for a GGUF file that is not sound, {@code
   *     MODEL_UNREADABLE} if the file cannot be read, otherwise as {@link #plain}
   */
  public static ChunkGrid of(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      boolean gguf = GgufHeader.hasMagic(in.readNBytes(Integer.BYTES));
      return gguf ? gguf(GgufHeader.read(file)) : plain(Files.size(file));
    } catch (IOException e) {
      throw new DroverException(ErrorCode.MODEL_UNREADABLE, "The file cannot be read.", e);
    }
  }

  /**
   * Returns the grid of a file that is no model.
   *
   * @param length of the file in bytes, at least 1
   * @throws DroverException {@code INVALID_ARGUMENT} for an empty file, {@code LIMIT_EXCEEDED} for
   *     more than {@link #MAX_CHUNKS}
   */
  public static ChunkGrid plain(long length) {
    return new Cutter().cutUpTo(length).grid();
  }

  /**
   * Returns the grid of a model.
   *
   * @throws DroverException {@code LIMIT_EXCEEDED} for more than {@link #MAX_CHUNKS}
   */
  public static ChunkGrid gguf(GgufHeader header) {
    Cutter cutter = new Cutter();
    header.tensors().forEach(tensor -> cutter.cutUpTo(tensor.offset()));
    return cutter.cutUpTo(header.fileLength()).grid();
  }

  /** Returns the number of chunks. */
  public int count() {
    return edges.length - 1;
  }

  /** Returns where a chunk starts. */
  public long offset(int chunk) {
    return edges[chunk];
  }

  /** Returns the length of a chunk, 1 to {@link #CHUNK_BYTES}. */
  public int length(int chunk) {
    return (int) (edges[chunk + 1] - edges[chunk]);
  }

  /** Returns the length of the file. */
  public long totalLength() {
    return edges[edges.length - 1];
  }

  /** Collects edges from left to right. */
  private static final class Cutter {
    private long[] edges = new long[64];
    private int count;

    Cutter cutUpTo(long end) {
      long at = count == 0 ? 0 : edges[count];
      while (at < end) {
        at = Math.min(end, at + CHUNK_BYTES);
        if (count == MAX_CHUNKS) {
          throw new DroverException(
              ErrorCode.LIMIT_EXCEEDED, "A file has at most " + MAX_CHUNKS + " chunks.");
        }
        count++;
        if (count == edges.length) {
          edges = Arrays.copyOf(edges, 2 * count);
        }
        edges[count] = at;
      }
      return this;
    }

    ChunkGrid grid() {
      if (count == 0) {
        throw new DroverException(ErrorCode.INVALID_ARGUMENT, "An empty file has no chunks.");
      }
      return new ChunkGrid(Arrays.copyOf(edges, count + 1));
    }
  }
}
