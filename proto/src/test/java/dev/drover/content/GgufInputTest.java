package dev.drover.content;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.ErrorCode;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class GgufInputTest {
  private static final byte[] BYTES = new byte[200];

  private static GgufInput input(long maxBytes) throws IOException {
    return new GgufInput(new MemoryChannel(BYTES, 7), maxBytes);
  }

  @Test
  void reading_upToTheLimit_isAllowedAndNotBeyond() throws IOException {
    GgufInput in = input(100);
    assertEquals(200, in.fileLength());
    in.skip(50);
    assertEquals(50, in.position());
    assertArrayEquals(new byte[42], in.bytes(42));
    assertEquals(0, in.u64());
    assertEquals(100, in.position());
    assertTrue(refused(in, 1).contains("too large"));
    in.skip(0);
  }

  @Test
  void reading_pastTheLimit_isRefusedWhereverItStarts() throws IOException {
    GgufInput skipped = input(100);
    skipped.skip(93);
    assertTrue(refused(skipped, 8).contains("too large"));
    assertEquals(0, skipped.u32());
    GgufInput whole = input(1000);
    whole.skip(193);
    assertTrue(refused(whole, 8).contains("ends inside"));
  }

  @Test
  void skipping_insideAndBeyondTheBuffer_landsThere() throws IOException {
    byte[] bytes = new byte[200_000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i / 1000);
    }
    GgufInput in = new GgufInput(new MemoryChannel(bytes, 1 << 20), bytes.length);
    assertEquals(0, in.number(1));
    in.skip(10_000);
    assertEquals(10, in.number(1));
    in.skip(150_000);
    assertEquals(160, in.number(1));
    assertEquals(160_003, in.position());
  }

  private static String refused(GgufInput in, int bytes) {
    return assertRefused(ErrorCode.MODEL_CORRUPT, () -> in.number(bytes));
  }
}
