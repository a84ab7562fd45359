package dev.drover.agent.link;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;

/**
 * Reads a stream of MQTT packets and breaks it when one claims to be longer than allowed, before
 * the client behind it sees the length.
 *
 * <p>Paho 1.2.5 allocates what a packet claims, up to 256 MiB, and compares with the limit
 * afterwards; it also loses its place when a read times out within a packet's header (MQTT 5.0,
 * section 2.1.1). Both end here: headers come byte by byte, and within one a timeout waits on.
 *
 * <p>For one reading thread.
 */
final class PacketGuard extends FilterInputStream {
  private static final int LENGTH_BYTES_MAX = 4;
  private static final int TIMEOUTS_MAX = 30;

  private final int packetBytesMax;
  private long bodyLeft;
  private int headerBytes;
  private long length;

  PacketGuard(InputStream in, int packetBytesMax) {
    super(in);
    this.packetBytesMax = packetBytesMax;
  }

  @Override
  public int read() throws IOException {
    if (bodyLeft > 0) {
      int read = in.read();
      bodyLeft -= read >= 0 ? 1 : 0;
      return read;
    }
    int read = headerBytes == 0 ? in.read() : readOn();
    if (read >= 0) {
      header(read);
    }
    return read;
  }

  @Override
  public int read(byte[] buffer, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    if (bodyLeft == 0) {
      int read = read();
      if (read < 0) {
        return -1;
      }
      buffer[offset] = (byte) read;
      return 1;
    }
    int read = in.read(buffer, offset, (int) Math.min(count, bodyLeft));
    bodyLeft -= Math.max(read, 0);
    return read;
  }

  @Override
  public long skip(long count) throws IOException {
    long skipped = 0;
    while (skipped < count && read() >= 0) {
      skipped++;
    }
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private int readOn() throws IOException {
    for (int timeouts = 0; ; timeouts++) {
      try {
        return in.read();
      } catch (SocketTimeoutException e) {
        if (timeouts == TIMEOUTS_MAX) {
          throw new IOException("a packet header does not end", e);
        }
      }
    }
  }

  private void header(int value) throws IOException {
    if (headerBytes == 0) {
      headerBytes = 1;
      length = 0;
      return;
    }
    length |= (long) (value & 0x7f) << (7 * (headerBytes - 1));
    headerBytes++;
    if ((value & 0x80) == 0) {
      if (length + headerBytes > packetBytesMax) {
        throw new IOException("a packet of " + length + " bytes is over the limit");
      }
      bodyLeft = length;
      headerBytes = 0;
    } else if (headerBytes > LENGTH_BYTES_MAX) {
      throw new IOException("a packet length is malformed");
    }
  }
}
