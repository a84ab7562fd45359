package dev.drover.content;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * Reads the numbers and strings of a GGUF header and never goes beyond the file or the largest
 * header, whatever the file claims.
 */
final class GgufInput {
  private static final int BUFFER_BYTES = 1 << 16;

  private final SeekableByteChannel channel;
  private final long length;
  private final long end;
  private final ByteBuffer buffer =
      ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);

  /** Position in the file of the first byte that is not in the buffer yet. */
  private long fetched;

  GgufInput(SeekableByteChannel channel, long maxBytes) throws IOException {
    this.channel = channel;
    this.length = channel.size();
    this.end = Math.min(length, maxBytes);
    channel.position(0);
  }

  long fileLength() {
    return length;
  }

  long position() {
    return fetched - buffer.remaining();
  }

  int u32() throws IOException {
    need(Integer.BYTES);
    return buffer.getInt();
  }

  long u64() throws IOException {
    need(Long.BYTES);
    return buffer.getLong();
  }

  /** Returns a value of 1, 2, 4 or 8 bytes as it stands, without sign. */
  long number(int bytes) throws IOException {
    need(bytes);
    return switch (bytes) {
      case 1 -> Byte.toUnsignedLong(buffer.get());
      case Short.BYTES -> Short.toUnsignedLong(buffer.getShort());
      case Integer.BYTES -> Integer.toUnsignedLong(buffer.getInt());
      default -> buffer.getLong();
    };
  }

  /** Returns a count that is at most a limit; a larger or negative one is no honest file's. */
  long count(long max, String what) throws IOException {
    long count = u64();
    if (count < 0 || count > max) {
      throw corrupt("it claims " + Long.toUnsignedString(count) + " " + what);
    }
    return count;
  }

  /** Returns text of at most so many bytes, longer text being an error. */
  String text(int maxBytes, String what) throws IOException {
    return read((int) count(maxBytes, "bytes of " + what));
  }

  /** Returns text, or an empty one in place of text of more bytes, which is skipped. */
  String textUpTo(int maxBytes) throws IOException {
    long bytes = count(end, "bytes of text");
    if (bytes <= maxBytes) {
      return read((int) bytes);
    }
    skip(bytes);
    return "";
  }

  void skipText() throws IOException {
    skip(count(end, "bytes of text"));
  }

  void skip(long bytes) throws IOException {
    requireInside(bytes);
    if (bytes <= buffer.remaining()) {
      buffer.position(buffer.position() + (int) bytes);
    } else {
      fetched = position() + bytes;
      buffer.limit(0);
      channel.position(fetched);
    }
  }

  private String read(int bytes) throws IOException {
    return new String(bytes(bytes), StandardCharsets.UTF_8);
  }

  byte[] bytes(int bytes) throws IOException {
    requireInside(bytes);
    byte[] text = new byte[bytes];
    for (int done = 0; done < bytes; ) {
      need(1);
      int part = Math.min(bytes - done, buffer.remaining());
      buffer.get(text, done, part);
      done += part;
    }
    return text;
  }

  private void need(int bytes) throws IOException {
    requireInside(bytes);
    if (buffer.remaining() < bytes) {
      buffer.compact();
      while (buffer.position() < bytes) {
        int read = channel.read(buffer);
        if (read < 0) {
          throw corrupt("it became shorter while it was read");
        }
        fetched += read;
      }
      buffer.flip();
    }
  }

  private void requireInside(long bytes) {
    if (bytes > end - position()) {
      throw corrupt(end < length ? "its header is too large" : "it ends inside its header");
    }
  }

  static DroverException corrupt(String why) {
    return new DroverException(ErrorCode.MODEL_CORRUPT, "The file is no sound GGUF: " + why + ".");
  }
}
