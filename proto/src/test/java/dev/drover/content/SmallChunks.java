package dev.drover.content;

import dev.drover.crypto.Sha256;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Chunks, their table and their file, for tests of {@link ChunkAssembler}. */
final class SmallChunks {
  static final Path PART = Path.of("/slot/model.part");
  static final Path MAP = Path.of("/slot/model.part.map");
  static final Path TARGET = Path.of("/slot/model.gguf");

  private SmallChunks() {}

  /** Chunks of a few bytes, so that tests can have many; the third equals the first. */
  static List<byte[]> chunks(int count) {
    List<byte[]> chunks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] chunk = new byte[3 + i % 5];
      ByteBuffer.wrap(chunk).put((byte) 'c').putShort((short) i);
      chunks.add(i == 2 ? chunks.get(0) : chunk);
    }
    return chunks;
  }

  static ChunkTable table(List<byte[]> chunks) {
    ByteBuffer out = ByteBuffer.allocate(36 * chunks.size());
    chunks.forEach(chunk -> out.put(Sha256.of(chunk).toBytes()).putInt(chunk.length));
    return ChunkTable.parse(out.array());
  }

  static byte[] whole(List<byte[]> chunks) {
    ByteBuffer out = ByteBuffer.allocate(chunks.stream().mapToInt(c -> c.length).sum());
    chunks.forEach(out::put);
    return out.array();
  }

  static void deliverMissing(ChunkAssembler assembler, List<byte[]> chunks) {
    for (Sha256 wanted : assembler.missing(Integer.MAX_VALUE)) {
      for (byte[] chunk : chunks) {
        if (Sha256.of(chunk).equals(wanted)) {
          assembler.accept(chunk);
        }
      }
    }
  }
}
