package dev.drover.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;

/** Bytes as a channel that gives at most so many at once and can fail or shrink. */
final class MemoryChannel implements SeekableByteChannel {
  private final byte[] bytes;
  private final int bytesPerRead;
  private long position;

  /** What {@link #size} says; reads end at the true length. */
  long claimedSize;

  /** Reads that succeed before one fails. */
  int readsLeft = Integer.MAX_VALUE;

  MemoryChannel(byte[] bytes, int bytesPerRead) {
    this.bytes = bytes;
    this.bytesPerRead = bytesPerRead;
    this.claimedSize = bytes.length;
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    if (readsLeft-- == 0) {
      throw new IOException("broken disk");
    }
    if (position >= bytes.length) {
      return -1;
    }
    int n = (int) Math.min(Math.min(bytesPerRead, to.remaining()), bytes.length - position);
    to.put(bytes, (int) position, n);
    position += n;
    return n;
  }

  @Override
  public int write(ByteBuffer from) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public SeekableByteChannel position(long newPosition) {
    position = newPosition;
    return this;
  }

  @Override
  public long size() {
    return claimedSize;
  }

  @Override
  public SeekableByteChannel truncate(long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {}
}
