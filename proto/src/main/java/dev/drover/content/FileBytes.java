package dev.drover.content;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Whole reads and writes over files that may do less than asked. */
final class FileBytes {
  private FileBytes() {}

  static byte[] read(BlockFiles.BlockFile file, long position, int length) throws IOException {
    ByteBuffer to = ByteBuffer.allocate(length);
    while (to.hasRemaining()) {
      if (file.read(to, position + to.position()) < 0) {
        throw new EOFException("the file became shorter");
      }
    }
    return to.array();
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
