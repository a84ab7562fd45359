package dev.drover.content;

import dev.drover.crypto.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Remembers durably which chunks of a file are on the disk.
 *
 * <p>As bytes: {@code DROVERC1}, the SHA-256 of the chunk table, the number of chunks (4 bytes
 * big-endian), then one bit for each chunk, lowest bit first. A torn write leaves some bits old and
 * some new, and both are true: a bit is written only after its chunk was synced.
 */
final class ChunkJournal implements AutoCloseable {
  private static final byte[] MAGIC = "DROVERC1".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER_BYTES = MAGIC.length + Sha256.BYTES + Integer.BYTES;

  private final BlockFiles.BlockFile file;
  private final byte[] header;
  private final int count;
  private final int bitmapBytes;

  ChunkJournal(BlockFiles.BlockFile file, ChunkTable table) {
    this.file = file;
    this.header =
        ByteBuffer.allocate(HEADER_BYTES)
            .put(MAGIC)
            .put(table.digest().toBytes())
            .putInt(table.count())
            .array();
    this.count = table.count();
    this.bitmapBytes = (count + Byte.SIZE - 1) / Byte.SIZE;
  }

  /** Returns how many chunks a journal's bytes say are on the disk, whatever table it is of. */
  static int stored(byte[] journal) {
    boolean ours =
        journal.length > HEADER_BYTES
            && Arrays.equals(journal, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    return ours
        ? BitSet.valueOf(Arrays.copyOfRange(journal, HEADER_BYTES, journal.length)).cardinality()
        : 0;
  }

  /** Returns what is known to be on the disk; nothing where the journal is of another table. */
  BitSet load() throws IOException {
    if (file.size() == HEADER_BYTES + bitmapBytes) {
      byte[] found = FileBytes.read(file, 0, HEADER_BYTES + bitmapBytes);
      if (Arrays.equals(found, 0, HEADER_BYTES, header, 0, HEADER_BYTES)) {
        BitSet chunks = BitSet.valueOf(Arrays.copyOfRange(found, HEADER_BYTES, found.length));
        chunks.clear(count, bitmapBytes * Byte.SIZE);
        return chunks;
      }
    }
    reset();
    return new BitSet();
  }

  /** Replaces the bits, durably. */
  void save(BitSet chunks) throws IOException {
    FileBytes.write(file, Arrays.copyOf(chunks.toByteArray(), bitmapBytes), HEADER_BYTES);
    file.sync();
  }

  /** Clears the bits before the header makes them count. */
  private void reset() throws IOException {
    file.truncate(0);
    FileBytes.write(file, new byte[HEADER_BYTES + bitmapBytes], 0);
    file.sync();
    FileBytes.write(file, header, 0);
    file.sync();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
