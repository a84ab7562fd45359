package dev.drover.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * The little of a file system that putting a file together needs. Tests put one in its place that
 * fails to sync, writes short or runs full.
 */
public interface BlockFiles {
  /** An open file. Not thread-safe. */
  interface BlockFile extends AutoCloseable {
    /** Returns the length in bytes. */
    long size() throws IOException;

    /**
     * Reads from a position as {@link FileChannel#read(ByteBuffer, long)}.
     *
     * @return bytes read, perhaps fewer than asked for; -1 at the end
     */
    int read(ByteBuffer to, long position) throws IOException;

    /**
     * Writes at a position as {@link FileChannel#write(ByteBuffer, long)}.
     *
     * @return bytes written, perhaps fewer than asked for
     */
    int write(ByteBuffer from, long position) throws IOException;

    /** Cuts the file to a length if it is longer. */
    void truncate(long size) throws IOException;

    /** Makes all that was written durable. */
    void sync() throws IOException;

    @Override
    void close() throws IOException;
  }

  /** Opens a file for reading and writing; makes it if it does not exist. */
  BlockFile open(Path file) throws IOException;

  /** Returns how many bytes can still be written beside a file. */
  long usableBytes(Path file) throws IOException;

  /** Renames a file, replacing what is there, and makes that durable. */
  void move(Path from, Path to) throws IOException;

  /** Deletes a file if it exists and makes that durable. */
  void delete(Path file) throws IOException;

  /** Makes it durable that a file exists. */
  void syncDirectoryOf(Path file) throws IOException;

  /** Returns the machine's own file system. */
  static BlockFiles real() {
    return new RealBlockFiles();
  }
}
