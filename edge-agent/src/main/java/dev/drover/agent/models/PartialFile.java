package dev.drover.agent.models;

import dev.drover.crypto.DurableFiles;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that grows until it has its expected size; what is there survives a stop. */
final class PartialFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final long expectedBytes;
  private final String what;
  private final Progress progress;

  PartialFile(Path path, long expectedBytes, String what, Progress progress) throws IOException {
    this.path = path;
    this.expectedBytes = expectedBytes;
    this.what = what;
    this.progress = progress;
    this.channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (channel.size() > expectedBytes) {
      truncate(0);
    }
  }

  Path path() {
    return path;
  }

  long expectedBytes() {
    return expectedBytes;
  }

  long size() throws IOException {
    return channel.size();
  }

  boolean complete() throws IOException {
    return size() == expectedBytes;
  }

  void truncate(long bytes) throws IOException {
    channel.truncate(bytes);
  }

  /** Adds bytes at the end; more than expected is a failure of the source. */
  void append(byte[] bytes, int count) throws IOException {
    long at = channel.size();
    if (at + count > expectedBytes) {
      throw new IOException("it gives more than the expected " + expectedBytes + " bytes");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, count);
    try {
      for (long position = at; buffer.hasRemaining(); ) {
        position += channel.write(buffer, position);
      }
    } catch (IOException e) {
      throw diskFullOr(e);
    }
    progress.at(what, at + count, expectedBytes);
  }

  /** Makes what is there durable. */
  void force() throws IOException {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw diskFullOr(e);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private IOException diskFullOr(IOException e) {
    if (DurableFiles.isFull(path, e)) {
      throw new DroverException(
          ErrorCode.DISK_FULL, "The disk is full; what was downloaded is kept.", e);
    }
    return e;
  }
}
