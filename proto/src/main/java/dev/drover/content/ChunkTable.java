package dev.drover.content;

import dev.drover.crypto.Hashes;
import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The chunks of a file in order. Immutable.
 *
 * <p>As bytes: for each chunk its SHA-256 (32 bytes) and its length (4 bytes, big-endian), nothing
 * before, between or after. Offsets follow from lengths. The table travels like any content, in
 * pieces of at most one chunk's length, cut without regard to entries.
 */
public final class ChunkTable {
  private static final int ENTRY_BYTES = Sha256.BYTES + Integer.BYTES;

  private final byte[] bytes;

  /** Start of every chunk, then the end of the file. */
  private final long[] edges;

  /** Chunk numbers in the order of their digests, equal ones in the order of the file. */
  private final int[] byDigest;

  /**
   * A table with the digest of the file that it describes.
   *
   * @param fileDigest SHA-256 over the whole file
   */
  public record Built(ChunkTable table, Sha256 fileDigest) {}

  private ChunkTable(byte[] owned) {
    bytes = owned;
    int count = owned.length / ENTRY_BYTES;
    edges = new long[count + 1];
    ByteBuffer in = ByteBuffer.wrap(owned);
    for (int i = 0; i < count; i++) {
      int length = in.getInt(i * ENTRY_BYTES + Sha256.BYTES);
      if (length < 1 || length > ChunkGrid.CHUNK_BYTES) {
        throw malformed("chunk " + i + " has a length that is out of range");
      }
      edges[i + 1] = edges[i] + length;
    }
    byDigest =
        IntStream.range(0, count)
            .boxed()
            .sorted((a, b) -> compare(owned, a, owned, b * ENTRY_BYTES))
            .mapToInt(Integer::intValue)
            .toArray();
    requireEqualLengths();
  }

  /** One digest cannot belong to content of two lengths. */
  private void requireEqualLengths() {
    for (int i = 1; i < byDigest.length; i++) {
      int previous = byDigest[i - 1];
      int chunk = byDigest[i];
      if (compare(bytes, previous, bytes, chunk * ENTRY_BYTES) == 0
          && length(previous) != length(chunk)) {
        throw malformed("one digest stands for two lengths");
      }
    }
  }

  /**
   * Reads a file once and returns its table and its digest.
   *
   * @throws DroverException {@code MODEL_UNREADABLE} if the file cannot be read or changes its
   *     length meanwhile, otherwise as {@link ChunkGrid#of}
   */
  public static Built build(Path file) {
    ChunkGrid grid = ChunkGrid.of(file);
    MessageDigest whole = Hashes.newSha256();
    ByteArrayOutputStream out = new ByteArrayOutputStream(grid.count() * ENTRY_BYTES);
    ByteBuffer buffer = ByteBuffer.allocate(ChunkGrid.CHUNK_BYTES);
    try (FileChannel channel = FileChannel.open(file)) {
      for (int i = 0; i < grid.count(); i++) {
        buffer.clear().limit(grid.length(i));
        while (buffer.hasRemaining()) {
          if (channel.read(buffer) < 0) {
            throw new IOException("the file became shorter");
          }
        }
        whole.update(buffer.flip());
        byte[] chunk = Arrays.copyOf(buffer.array(), grid.length(i));
        out.writeBytes(Sha256.of(chunk).toBytes());
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(grid.length(i)).array());
      }
      if (channel.size() != grid.totalLength()) {
        throw new IOException("the file became longer");
      }
    } catch (IOException e) {
      throw new DroverException(ErrorCode.MODEL_UNREADABLE, "The file cannot be read.", e);
    }
    return new Built(new ChunkTable(out.toByteArray()), Sha256.finish(whole));
  }

  /**
   * Reads a table from its bytes.
   *
   * @throws DroverException {@code LIMIT_EXCEEDED} for more than {@link ChunkGrid#MAX_CHUNKS},
   *     {@code MESSAGE_MALFORMED} for bytes that are no table, none at all among them
   */
  public static ChunkTable parse(byte[] bytes) {
    if (bytes.length > ChunkGrid.MAX_CHUNKS * ENTRY_BYTES) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED,
          "A chunk table has at most " + ChunkGrid.MAX_CHUNKS + " entries.");
    }
    if (bytes.length == 0 || bytes.length % ENTRY_BYTES != 0) {
      throw malformed("its length is no multiple of an entry's");
    }
    return new ChunkTable(bytes.clone());
  }

  /** Returns a copy of the bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** Returns the table's bytes in pieces of {@link ChunkGrid#CHUNK_BYTES}; the last is shorter. */
  public List<byte[]> pieces() {
    List<byte[]> pieces = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += ChunkGrid.CHUNK_BYTES) {
      pieces.add(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + ChunkGrid.CHUNK_BYTES)));
    }
    return pieces;
  }

  /** Returns the SHA-256 of the table's bytes, which stands for the whole file's content. */
  public Sha256 digest() {
    return Sha256.of(bytes);
  }

  /** Returns the number of chunks, at least 1. */
  public int count() {
    return byDigest.length;
  }

  /** Returns the SHA-256 of a chunk. */
  public Sha256 digest(int chunk) {
    int at = chunk * ENTRY_BYTES;
    return Sha256.fromBytes(Arrays.copyOfRange(bytes, at, at + Sha256.BYTES));
  }

  /** Returns where a chunk starts in the file. */
  public long offset(int chunk) {
    return edges[chunk];
  }

  /** Returns the length of a chunk, 1 to {@link ChunkGrid#CHUNK_BYTES}. */
  public int length(int chunk) {
    return (int) (edges[chunk + 1] - edges[chunk]);
  }

  /** Returns the length of the file. */
  public long totalLength() {
    return edges[count()];
  }

  /** Returns all chunks with this digest, in the order of the file; often one, sometimes none. */
  public int[] find(Sha256 digest) {
    byte[] wanted = digest.toBytes();
    int from = firstAtLeast(wanted);
    int to = from;
    while (to < byDigest.length && compare(bytes, byDigest[to], wanted, 0) == 0) {
      to++;
    }
    return Arrays.copyOfRange(byDigest, from, to);
  }

  private int firstAtLeast(byte[] wanted) {
    int low = 0;
    int high = byDigest.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(bytes, byDigest[middle], wanted, 0) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static int compare(byte[] table, int chunk, byte[] other, int at) {
    int from = chunk * ENTRY_BYTES;
    return Arrays.compareUnsigned(table, from, from + Sha256.BYTES, other, at, at + Sha256.BYTES);
  }

  private static DroverException malformed(String why) {
    return new DroverException(
        ErrorCode.MESSAGE_MALFORMED, "The chunk table cannot be read: " + why + ".");
  }
}
