package dev.drover.tlog;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Encodes entries as they are served: each is its length as 2 bytes big-endian, then its bytes. */
public final class EntryBundle {
  /** Longest entry, in bytes. */
  public static final int MAX_ENTRY_BYTES = 0xffff;

  private static final String WHAT = "entry bundle";

  private EntryBundle() {}

  /**
   * Returns the bytes of a bundle.
   *
   * @param entries 1 to 256, each of at most {@link #MAX_ENTRY_BYTES}
   * @throws DroverException {@code LIMIT_EXCEEDED} beyond either limit
   */
  public static byte[] encode(List<byte[]> entries) {
    if (entries.isEmpty() || entries.size() > TileId.FULL_WIDTH) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, "A bundle has 1 to 256 entries, not " + entries.size() + ".");
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] entry : entries) {
      if (entry.length > MAX_ENTRY_BYTES) {
        throw new DroverException(
            ErrorCode.LIMIT_EXCEEDED, "A log entry has at most " + MAX_ENTRY_BYTES + " bytes.");
      }
      out.write(entry.length >> Byte.SIZE);
      out.write(entry.length);
      out.writeBytes(entry);
    }
    return out.toByteArray();
  }

  /**
   * Returns the entries of a bundle.
   *
   * @param width how many there must be, 1 to 256
   * @throws DroverException {@code MESSAGE_MALFORMED} if there are more, fewer or half ones
   */
  public static List<byte[]> decode(byte[] bytes, int width) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    List<byte[]> entries = new ArrayList<>();
    while (in.hasRemaining()) {
      if (entries.size() == width || in.remaining() < Short.BYTES) {
        throw Texts.malformed(WHAT, "something follows its last entry");
      }
      int length = Short.toUnsignedInt(in.getShort());
      if (length > in.remaining()) {
        throw Texts.malformed(WHAT, "an entry is cut off");
      }
      byte[] entry = new byte[length];
      in.get(entry);
      entries.add(entry);
    }
    if (entries.size() != width) {
      throw Texts.malformed(WHAT, "it has " + entries.size() + " entries instead of " + width);
    }
    return entries;
  }
}
