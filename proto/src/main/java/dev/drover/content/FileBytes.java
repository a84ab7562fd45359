package dev.drover.content;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Whole reads and writes over files that may do less than asked. */
final class FileBytes {
  private FileBytes() {}

  static byte[] read(BlockFiles.BlockFile file, long position, int length) throws IOException {
    ByteBuffer to = ByteBuffer.allocate(length);
    read(file, position, to);
    return to.array();
  }

  /** Fills what remains of a buffer. */
  static void read(BlockFiles.BlockFile file, long position, ByteBuffer to) throws IOException {
    int first = to.position();
    while (to.hasRemaining()) {
      if (file.read(to, position + to.position() - first) < 0) {
        throw new EOFException("the file became shorter");
      }
    }
  }

  static void write(BlockFiles.BlockFile file, byte[] bytes, long position) throws IOException {
    ByteBuffer from = ByteBuffer.wrap(bytes);
    while (from.hasRemaining()) {
      if (file.write(from, position + from.position()) <= 0) {
        throw new IOException("nothing could be written");
      }
    }
  }
}
