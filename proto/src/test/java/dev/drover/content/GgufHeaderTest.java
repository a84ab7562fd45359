package dev.drover.content;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.testkit.Fuzz;
import dev.drover.testkit.GgufBuilder;
import dev.drover.testkit.Needs;
import dev.drover.testkit.TinyGguf;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufHeaderTest {
  private static final int F32 = 0;
  private static final int Q8_0 = 8;

  @TempDir Path folder;

  @Test
  void headers_damaged_areRefusedOrRead() {
    Fuzz.bytes(
        24,
        List.of(smallFile().build()),
        bytes -> GgufHeader.read(new MemoryChannel(bytes, Integer.MAX_VALUE)));
  }

  @Test
  void read_tinyModel_showsWhatItIs() throws IOException {
    TinyGguf tiny = TinyGguf.ofSeed(1);
    Path file = tiny.writeTo(folder.resolve("tiny.gguf"));
    GgufHeader header = GgufHeader.read(file);
    assertEquals(3, header.version());
    assertEquals(32, header.alignment());
    assertEquals(tiny.bytes().length, header.fileLength());
    assertEquals("llama", header.architecture());
    assertEquals(Optional.of(GgmlType.F16), header.quantisation());
    assertTrue(header.hasTokenizer());
    assertFalse(header.hasChatTemplate());
    assertEquals(389, header.vocabularySize());
    assertEquals(new ModelShape("llama", 2, 128, 192, 4, 2 * 2, 32, 32, 2048), header.shape());
    assertEquals(2 * 2 * 2 * 32 * 2, header.shape().kvBytesPerToken());
    assertEquals(3 + 2 * 9, header.tensors().size());
    GgufTensor embedding = header.tensors().get(0);
    assertEquals("token_embd.weight", embedding.name());
    assertEquals(List.of(128L, 389L), embedding.dims());
    assertEquals(header.dataOffset(), embedding.offset());
    assertEquals(128 * 389 * 2, embedding.bytes());
    assertEquals(128 * 389, embedding.weights());
    assertEquals(embedding.offset() + embedding.bytes(), embedding.end());
    GgufTensor last = header.tensors().get(20);
    assertEquals(header.fileLength(), last.end());
    long norms = 5 * 128 * 4;
    assertEquals(norms, header.tensorBytes(GgmlType.F32));
    assertEquals(header.tensorBytes(), norms + header.tensorBytes(GgmlType.F16));
  }

  @Test
  void read_everyWeightFormat_findsIt() {
    for (TinyGguf.Weights weights : TinyGguf.Weights.values()) {
      GgufHeader header = read(TinyGguf.ofSeed(1).withWeights(weights).bytes());
      assertEquals(weights.name(), header.quantisation().orElseThrow().name());
    }
  }

  @Test
  void read_byteByByte_givesTheSame() {
    byte[] bytes = TinyGguf.ofSeed(1).bytes();
    MemoryChannel slow = new MemoryChannel(bytes, 1);
    slow.position(17);
    GgufHeader header = GgufHeader.read(slow);
    assertEquals(read(bytes).tensors(), header.tensors());
    assertEquals(read(bytes).shape(), header.shape());
    assertTrue(slow.position() < header.dataOffset() + (1 << 16), "tensor data is not read");
  }

  @Test
  void read_realModel_showsItsPublishedFigures() {
    GgufHeader header = GgufHeader.read(Needs.smallModel());
    assertEquals(new ModelShape("llama", 30, 576, 1536, 9, 90, 64, 64, 8192), header.shape());
    assertEquals(23_040, header.shape().kvBytesPerToken());
    assertEquals(49_152, header.vocabularySize());
    assertEquals(Optional.of(GgmlType.Q4_1), header.quantisation());
    assertTrue(header.hasChatTemplate());
    assertEquals(98_362_432, header.fileLength());
  }

  @Test
  void read_cutOffAnywhere_isRefused() {
    byte[] bytes = smallFile().build();
    // 30 bytes of padding are behind the last tensor and may be missing.
    assertEquals(2, read(Arrays.copyOf(bytes, bytes.length - 30)).tensors().size());
    for (int length = 0; length < bytes.length - 30; length++) {
      byte[] prefix = Arrays.copyOf(bytes, length);
      corrupt(prefix);
    }
    byte[] data = Arrays.copyOf(bytes, bytes.length - 31);
    assertTrue(corrupt(data).contains("cut off, a tensor ends at byte " + (data.length + 1)));
  }

  @Test
  void read_anyDamagedByte_isReadOrRefusedButNeverFails() {
    byte[] bytes = TinyGguf.ofSeed(1).bytes();
    int header = (int) read(bytes).dataOffset();
    SplittableRandom random = new SplittableRandom(7);
    int refused = 0;
    for (int round = 0; round < 3000; round++) {
      byte[] bad = bytes.clone();
      for (int flips = random.nextInt(3); flips >= 0; flips--) {
        int at = round % 2 == 0 ? random.nextInt(600) : random.nextInt(header);
        bad[at] = (byte) random.nextInt();
      }
      try {
        GgufHeader damaged = read(bad);
        assertTrue(damaged.dataOffset() >= 0);
        damaged.shape();
      } catch (DroverException e) {
        assertEquals(ErrorCode.MODEL_CORRUPT, e.code(), "round " + round);
        refused++;
      }
    }
    assertTrue(refused > 1000, "damage is mostly found: " + refused);
  }

  @Test
  void read_otherFiles_areRefusedWithTheReason() {
    assertTrue(corrupt(new byte[0]).contains("does not begin with GGUF"));
    assertTrue(corrupt(new byte[] {'G', 'G', 'U'}).contains("does not begin"));
    assertTrue(
        corrupt("PK and more bytes".getBytes(StandardCharsets.US_ASCII))
            .contains("does not begin"));
    byte[] good = smallFile().build();
    byte[] otherMagic = good.clone();
    otherMagic[3] = 'f';
    assertTrue(corrupt(otherMagic).contains("does not begin"));
    for (int version : new int[] {0, 1, 4, -1}) {
      assertTrue(corrupt(smallFile().version(version).build()).contains("version"));
    }
    assertEquals(2, read(smallFile().version(2).build()).version());
    byte[] bigEndian = good.clone();
    ByteBuffer.wrap(bigEndian).order(ByteOrder.BIG_ENDIAN).putInt(4, 3);
    assertTrue(corrupt(bigEndian).contains("big-endian"));
  }

  @Test
  void read_absurdCounts_areRefusedBeforeTheyAreBelieved() {
    byte[] good = smallFile().build();
    for (int at : new int[] {8, 16, 24}) {
      for (long count : new long[] {-1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40, 70_000}) {
        byte[] bad = good.clone();
        ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putLong(at, count);
        corrupt(bad);
      }
    }
    byte[] pairs = good.clone();
    ByteBuffer.wrap(pairs).order(ByteOrder.LITTLE_ENDIAN).putLong(16, 8193);
    assertTrue(corrupt(pairs).contains("8193 metadata pairs"));
    byte[] list =
        new GgufBuilder()
            .raw("l", GgufBuilder.ARRAY, GgufBuilder.arrayHead(GgufBuilder.UINT8, (1 << 24) + 1))
            .build();
    assertTrue(corrupt(list).contains("list elements"));
    String key = "k".repeat(1025);
    assertTrue(corrupt(new GgufBuilder().u32(key, 1).build()).contains("metadata key"));
    assertEquals(0, read(new GgufBuilder().u32("k".repeat(1024), 1).build()).tensors().size());
  }

  @Test
  void read_headerLargerThanAllowed_isRefused() {
    // Sixteen million empty strings are 128 MiB; the channel claims to have them.
    byte[] start =
        new GgufBuilder()
            .raw("l", GgufBuilder.ARRAY, GgufBuilder.arrayHead(GgufBuilder.UINT64, 1 << 24))
            .build();
    MemoryChannel channel = new MemoryChannel(start, 4096);
    channel.claimedSize = 1L << 40;
    String message = assertRefused(ErrorCode.MODEL_CORRUPT, () -> GgufHeader.read(channel));
    assertTrue(message.contains("too large"));
  }

  @Test
  void read_metadataOfEveryType_isUnderstoodOrSkipped() {
    GgufBuilder file = new GgufBuilder();
    int[] bytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    for (int type = 0; type < bytes.length; type++) {
      if (bytes[type] > 0) {
        file.raw("scalar" + type, type, new byte[bytes[type]]);
        byte[] head = GgufBuilder.arrayHead(type, 3);
        file.raw("list" + type, GgufBuilder.ARRAY, Arrays.copyOf(head, 12 + 3 * bytes[type]));
      }
    }
    file.strings("strings", List.of("", "a", "longer"))
        .string("long", "x".repeat(70_000))
        .floats("floats", new float[40_000])
        .ints("ints", new int[5000])
        .string("general.architecture", "llama");
    assertEquals("llama", read(file.build()).architecture());
    for (int type : new int[] {13, 100, -1}) {
      assertTrue(
          corrupt(new GgufBuilder().raw("k", type, new byte[64]).build()).contains("unknown type"));
    }
    for (int type : new int[] {GgufBuilder.ARRAY, 13, -1}) {
      byte[] nested = Arrays.copyOf(GgufBuilder.arrayHead(type, 1), 64);
      assertTrue(
          corrupt(new GgufBuilder().raw("k", GgufBuilder.ARRAY, nested).build())
              .contains("unknown type"));
    }
    assertTrue(corrupt(new GgufBuilder().u32("k", 1).u32("k", 2).build()).contains("twice"));
  }

  @Test
  void read_alignment_mustBeAPowerOfTwo() {
    for (int bytes : new int[] {1, 8, 64, 4096}) {
      GgufHeader header =
          read(
              new GgufBuilder()
                  .alignment(bytes)
                  .tensor("a", F32, new long[] {3}, new byte[12])
                  .tensor("b", F32, new long[] {3}, new byte[12])
                  .build());
      assertEquals(bytes, header.alignment());
      assertEquals(0, header.dataOffset() % bytes);
      long step = header.tensors().get(1).offset() - header.tensors().get(0).offset();
      assertEquals((12L + bytes - 1) / bytes * bytes, step);
    }
    for (int bytes : new int[] {0, 3, 48, -32, 1 << 21}) {
      assertTrue(
          corrupt(new GgufBuilder().u32("general.alignment", bytes).build()).contains("alignment"));
    }
    assertEquals(1 << 20, read(new GgufBuilder().alignment(1 << 20).build()).alignment());
  }

  @Test
  void read_tensorsThatCannotBe_areRefused() {
    assertTrue(tensorRefusal(F32, new long[] {}, 4).contains("0 dimensions"));
    assertTrue(tensorRefusal(F32, new long[] {1, 1, 1, 1, 1}, 4).contains("5 dimensions"));
    assertTrue(tensorRefusal(F32, new long[] {0}, 4).contains("not positive"));
    assertTrue(tensorRefusal(F32, new long[] {4, -1}, 4).contains("not positive"));
    assertTrue(tensorRefusal(F32, new long[] {4, 0}, 4).contains("not positive"));
    assertTrue(tensorRefusal(Q8_0, new long[] {-32}, 4).contains("not positive"));
    assertTrue(tensorRefusal(Q8_0, new long[] {33}, 68).contains("whole blocks"));
    assertTrue(tensorRefusal(4, new long[] {32}, 64).contains("unknown type 4"));
    assertTrue(tensorRefusal(99, new long[] {32}, 64).contains("unknown type 99"));
    assertTrue(
        tensorRefusal(F32, new long[] {1L << 31, 1L << 31, 4}, 4).contains("larger than any"));
    assertTrue(tensorRefusal(F32, new long[] {(1L << 61) - 1}, 4).contains("cut off"));
    assertTrue(tensorRefusal(F32, new long[] {1000}, 4).contains("cut off"));
    GgufBuilder twice =
        new GgufBuilder()
            .tensor("t", F32, new long[] {8}, new byte[32])
            .tensor("t", F32, new long[] {8}, new byte[32]);
    assertTrue(corrupt(twice.build()).contains("twice"));
    String longest = "n".repeat(63);
    assertEquals(longest, read(named(longest)).tensors().get(0).name());
    assertTrue(corrupt(named(longest + "n")).contains("name"));
    assertEquals(1, read(shaped(8, 1, 1, 1)).tensors().size());
  }

  @Test
  void read_tensorsNotOneBehindTheOther_areRefused() {
    byte[] good = smallFile().build();
    int data = (int) read(good).dataOffset();
    // The second tensor's offset is the last number before the padding.
    int at = lastIndexOf(good, data, 64);
    for (long offset : new long[] {0, 32, 63, 65, 96, -64, Long.MAX_VALUE}) {
      byte[] bad = good.clone();
      ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putLong(at, offset);
      assertTrue(corrupt(bad).contains("does not follow"));
    }
  }

  @Test
  void read_brokenSource_isUnreadable() {
    byte[] good = smallFile().build();
    MemoryChannel failing = new MemoryChannel(good, 16);
    failing.readsLeft = 3;
    assertRefused(ErrorCode.MODEL_UNREADABLE, () -> GgufHeader.read(failing));
    assertRefused(ErrorCode.MODEL_UNREADABLE, () -> GgufHeader.read(folder.resolve("absent.gguf")));
    MemoryChannel shrunk = new MemoryChannel(Arrays.copyOf(good, 40), 16);
    shrunk.claimedSize = good.length;
    assertTrue(
        assertRefused(ErrorCode.MODEL_CORRUPT, () -> GgufHeader.read(shrunk)).contains("shorter"));
  }

  private static GgufBuilder smallFile() {
    return new GgufBuilder()
        .string("general.architecture", "llama")
        .tensor("first", F32, new long[] {8, 2}, new byte[64])
        .tensor("second", Q8_0, new long[] {32}, Arrays.copyOf(new byte[] {1}, 34));
  }

  private static byte[] named(String name) {
    return new GgufBuilder().tensor(name, F32, new long[] {8}, new byte[32]).build();
  }

  private static byte[] shaped(long... dims) {
    return new GgufBuilder().tensor("t", F32, dims, new byte[32]).build();
  }

  private static String tensorRefusal(int type, long[] dims, int bytes) {
    return corrupt(new GgufBuilder().tensor("t", type, dims, new byte[bytes]).build());
  }

  private static int lastIndexOf(byte[] bytes, int before, long value) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int at = before - Long.BYTES;
    while (buffer.getLong(at) != value) {
      at--;
    }
    return at;
  }

  private static GgufHeader read(byte[] bytes) {
    return GgufHeader.read(new MemoryChannel(bytes, Integer.MAX_VALUE));
  }

  private static String corrupt(byte[] bytes) {
    return assertRefused(ErrorCode.MODEL_CORRUPT, () -> read(bytes));
  }
}
