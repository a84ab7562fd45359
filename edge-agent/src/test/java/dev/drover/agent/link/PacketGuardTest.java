package dev.drover.agent.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PacketGuardTest {
  private static final int MAX = 1000;

  private static byte[] packet(int bodyBytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0x30);
    int rest = bodyBytes;
    do {
      out.write(rest % 128 + (rest >= 128 ? 128 : 0));
      rest /= 128;
    } while (rest > 0);
    for (int i = 0; i < bodyBytes; i++) {
      out.write(i);
    }
    return out.toByteArray();
  }

  private static byte[] stream(int... bodies) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int body : bodies) {
      out.writeBytes(packet(body));
    }
    return out.toByteArray();
  }

  private static InputStream guarded(byte[] bytes) {
    return new PacketGuard(new ByteArrayInputStream(bytes), MAX);
  }

  @Test
  void packets_withinTheLimit_passUnchanged() throws IOException {
    byte[] bytes = stream(0, 1, 127, 128, MAX - 3, 0, 300);
    assertArrayEquals(bytes, guarded(bytes).readAllBytes());
    SplittableRandom random = new SplittableRandom(1);
    InputStream in = guarded(bytes);
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    byte[] buffer = new byte[64];
    while (true) {
      int n = random.nextInt(3) == 0 ? 0 : in.read(buffer, 0, 1 + random.nextInt(buffer.length));
      if (n < 0) {
        break;
      }
      read.write(buffer, 0, n);
      int one = random.nextInt(3) == 0 ? in.read() : -1;
      if (one >= 0) {
        read.write(one);
      }
    }
    assertArrayEquals(bytes, read.toByteArray());
  }

  @Test
  void packet_overTheLimit_breaksBeforeItsLengthIsRead() throws IOException {
    byte[] bytes = stream(10, MAX - 2);
    InputStream in = guarded(bytes);
    in.skipNBytes(12);
    assertEquals(0x30, in.read());
    in.read();
    assertThrows(IOException.class, in::read);
  }

  @Test
  void length_ofFiveBytes_isRefused() {
    byte[] bytes = {0x30, (byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 1};
    assertThrows(IOException.class, () -> guarded(bytes).readAllBytes());
  }

  @Test
  void largestClaim_isRefused() {
    byte[] bytes = {0x30, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f};
    assertThrows(IOException.class, () -> guarded(bytes).readAllBytes());
  }

  @Test
  void timeout_betweenPackets_isTheReadersAffair() {
    InputStream in = new PacketGuard(new Stuttering(packet(1), 0), MAX);
    assertThrows(SocketTimeoutException.class, in::read);
  }

  @Test
  void timeout_withinAHeader_waitsOn() throws IOException {
    InputStream in = new PacketGuard(new Stuttering(packet(200), 1), MAX);
    assertEquals(0x30, in.read());
    assertEquals(200 % 128 + 128, in.read());
    assertEquals(1, in.read());
  }

  @Test
  void header_thatNeverEnds_givesUp() throws IOException {
    InputStream in =
        new PacketGuard(
            new InputStream() {
              private boolean first = true;

              @Override
              public int read() throws IOException {
                if (first) {
                  first = false;
                  return 0x30;
                }
                throw new SocketTimeoutException();
              }

              @Override
              public int read(byte[] buffer, int offset, int count) throws IOException {
                throw new IOException("only headers come here");
              }
            },
            MAX);
    in.read();
    IOException gaveUp = assertThrows(IOException.class, in::read);
    assertEquals(IOException.class, gaveUp.getClass());
  }

  /** Times out once before each byte from a position on. */
  private static final class Stuttering extends InputStream {
    private final byte[] bytes;
    private final int from;
    private int at;
    private boolean ready;

    Stuttering(byte[] bytes, int from) {
      this.bytes = bytes;
      this.from = from;
    }

    @Override
    public int read() throws IOException {
      if (at >= from && !ready) {
        ready = true;
        throw new SocketTimeoutException();
      }
      ready = false;
      return at < bytes.length ? bytes[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] buffer, int offset, int count) throws IOException {
      throw new IOException("only headers come here");
    }
  }
}
