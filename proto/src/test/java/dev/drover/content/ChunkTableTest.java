package dev.drover.content;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Sha256;
import dev.drover.testkit.GgufBuilder;
import dev.drover.testkit.TinyGguf;
import dev.drover.wire.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkTableTest {
  private static final int CHUNK = 256 * 1024;

  @TempDir Path folder;

  @Test
  void grid_plainFile_isCutEvenly() {
    assertEquals(CHUNK, ChunkGrid.CHUNK_BYTES);
    for (long length : new long[] {1, CHUNK - 1, CHUNK, CHUNK + 1, 100L * CHUNK, 70L * CHUNK + 9}) {
      ChunkGrid grid = ChunkGrid.plain(length);
      assertEquals((length + CHUNK - 1) / CHUNK, grid.count());
      assertEquals(length, grid.totalLength());
      for (int i = 0; i < grid.count(); i++) {
        assertEquals((long) i * CHUNK, grid.offset(i));
        assertEquals(Math.min(CHUNK, length - (long) i * CHUNK), grid.length(i));
      }
    }
  }

  @Test
  void grid_limits_areExact() {
    long most = (long) ChunkGrid.MAX_CHUNKS * CHUNK;
    assertEquals(ChunkGrid.MAX_CHUNKS, ChunkGrid.plain(most).count());
    assertRefused(ErrorCode.LIMIT_EXCEEDED, () -> ChunkGrid.plain(most + 1));
    assertRefused(ErrorCode.INVALID_ARGUMENT, () -> ChunkGrid.plain(0));
    assertRefused(ErrorCode.INVALID_ARGUMENT, () -> ChunkGrid.plain(-1));
  }

  @Test
  void grid_model_startsAnewAtEveryTensor() throws IOException {
    byte[] large = new byte[300 * 1024 * 4];
    byte[] bytes =
        new GgufBuilder()
            .tensor("a", 0, new long[] {5}, new byte[20])
            .tensor("b", 0, new long[] {300 * 1024}, large)
            .tensor("c", 0, new long[] {CHUNK / 4}, new byte[CHUNK])
            .build();
    Path file = Files.write(folder.resolve("m.gguf"), bytes);
    GgufHeader header = GgufHeader.read(file);
    ChunkGrid grid = ChunkGrid.of(file);
    Set<Long> starts = new HashSet<>();
    for (int i = 0; i < grid.count(); i++) {
      starts.add(grid.offset(i));
      assertTrue(grid.length(i) >= 1 && grid.length(i) <= CHUNK);
    }
    header.tensors().forEach(tensor -> assertTrue(starts.contains(tensor.offset())));
    // Header, a with its padding, five of b, one of c.
    assertEquals(1 + 1 + 5 + 1, grid.count());
    assertEquals(header.tensors().get(0).offset(), grid.length(0));
    assertEquals(32, grid.length(1));
    assertEquals(1_228_800 - 4 * CHUNK, grid.length(6));
    assertEquals(bytes.length, grid.totalLength());
  }

  @Test
  void table_unchangedTensors_keepTheirChunks() throws IOException {
    ChunkTable before = build("a.gguf", model(1)).table();
    ChunkTable after = build("b.gguf", model(100)).table();
    int shared = 0;
    for (int i = 0; i < before.count(); i++) {
      shared += after.find(before.digest(i)).length;
    }
    assertEquals(before.count() - 1, shared, "only the header differs");
  }

  private static byte[] model(int descriptionLength) {
    SplittableRandom random = new SplittableRandom(5);
    GgufBuilder file = new GgufBuilder().string("d", "x".repeat(descriptionLength));
    for (int i = 0; i < 3; i++) {
      byte[] weights = new byte[400_000];
      random.nextBytes(weights);
      file.tensor("t" + i, 0, new long[] {100_000}, weights);
    }
    return file.build();
  }

  @Test
  void table_bytes_arePinned() throws IOException {
    byte[] content = new byte[CHUNK + 3];
    Arrays.fill(content, (byte) 'a');
    ChunkTable.Built built = build("plain", content);
    ChunkTable table = built.table();
    byte[] full = Arrays.copyOf(content, CHUNK);
    String expected =
        Sha256.of(full).hex()
            + "00040000"
            // SHA-256 of "aaa".
            + "9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0"
            + "00000003";
    assertEquals(expected, HexFormat.of().formatHex(table.toBytes()));
    assertEquals(Sha256.of(content), built.fileDigest());
    assertEquals(Sha256.of(table.toBytes()), table.digest());
    assertEquals(2, table.count());
    assertEquals(CHUNK + 3, table.totalLength());
    assertEquals(CHUNK, table.offset(1));
    assertEquals(3, table.length(1));
    assertEquals(CHUNK, table.length(0));
    assertEquals(Sha256.of("aaa".getBytes(StandardCharsets.UTF_8)), table.digest(1));
    ChunkTable parsed = ChunkTable.parse(table.toBytes());
    assertArrayEquals(table.toBytes(), parsed.toBytes());
    assertEquals(table.digest(), parsed.digest());
  }

  @Test
  void build_tinyModel_coversEveryByteOnce() throws IOException {
    byte[] bytes = TinyGguf.ofSeed(3).bytes();
    ChunkTable.Built built = build("tiny.gguf", bytes);
    ChunkTable table = built.table();
    assertEquals(Sha256.of(bytes), built.fileDigest());
    assertEquals(bytes.length, table.totalLength());
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < table.count(); i++) {
      assertEquals(all.size(), table.offset(i));
      int from = (int) table.offset(i);
      byte[] chunk = Arrays.copyOfRange(bytes, from, from + table.length(i));
      assertEquals(Sha256.of(chunk), table.digest(i));
      all.writeBytes(chunk);
    }
    assertArrayEquals(bytes, all.toByteArray());
  }

  @Test
  void build_badFiles_areRefused() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty"));
    assertRefused(ErrorCode.INVALID_ARGUMENT, () -> ChunkTable.build(empty));
    assertRefused(ErrorCode.MODEL_UNREADABLE, () -> ChunkTable.build(folder.resolve("absent")));
    Path broken = Files.write(folder.resolve("x"), new byte[] {'G', 'G', 'U', 'F', 9, 9});
    assertRefused(ErrorCode.MODEL_CORRUPT, () -> ChunkTable.build(broken));
    Path three = Files.write(folder.resolve("three"), new byte[] {'G', 'G', 'U'});
    assertEquals(1, ChunkTable.build(three).table().count());
  }

  @Test
  void find_equalChunks_givesAllOfThemInOrder() throws IOException {
    byte[] content = new byte[7 * CHUNK];
    content[0] = 1;
    content[3 * CHUNK] = 2;
    content[5 * CHUNK] = 1;
    ChunkTable table = build("zeros", content).table();
    assertArrayEquals(new int[] {1, 2, 4, 6}, table.find(Sha256.of(new byte[CHUNK])));
    assertArrayEquals(new int[] {0, 5}, table.find(table.digest(0)));
    assertArrayEquals(new int[] {3}, table.find(table.digest(3)));
    assertArrayEquals(new int[0], table.find(Sha256.of()));
    assertArrayEquals(new int[0], table.find(Sha256.fromHex("00".repeat(32))));
    assertArrayEquals(new int[0], table.find(Sha256.fromHex("ff".repeat(32))));
  }

  @Test
  void parse_otherBytes_areRefused() {
    byte[] one = entry(1, 5);
    assertEquals(1, ChunkTable.parse(one).count());
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> ChunkTable.parse(new byte[0]));
    for (int length : new int[] {1, 35, 37, 71}) {
      assertRefused(
          ErrorCode.MESSAGE_MALFORMED, () -> ChunkTable.parse(Arrays.copyOf(one, length)));
    }
    for (int length : new int[] {0, -1, CHUNK + 1, Integer.MIN_VALUE}) {
      assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> ChunkTable.parse(entry(1, length)));
    }
    assertEquals(CHUNK, ChunkTable.parse(entry(1, CHUNK)).totalLength());
    assertEquals(1, ChunkTable.parse(entry(1, 1)).totalLength());
    assertEquals(10, ChunkTable.parse(join(entry(1, 5), entry(1, 5))).totalLength());
    assertRefused(
        ErrorCode.MESSAGE_MALFORMED,
        () -> ChunkTable.parse(join(entry(1, 5), entry(2, 4), entry(1, 6))));
  }

  @Test
  void parse_limit_isExact() {
    byte[] most = new byte[ChunkGrid.MAX_CHUNKS * 36];
    ByteBuffer out = ByteBuffer.wrap(most);
    for (int i = 0; i < ChunkGrid.MAX_CHUNKS; i++) {
      out.putInt(i * 36, i);
      out.putInt(i * 36 + 32, 1);
    }
    assertEquals(ChunkGrid.MAX_CHUNKS, ChunkTable.parse(most).count());
    assertRefused(ErrorCode.LIMIT_EXCEEDED, () -> ChunkTable.parse(new byte[most.length + 36]));
  }

  @Test
  void parse_input_isCopied() {
    byte[] one = entry(1, 5);
    ChunkTable table = ChunkTable.parse(one);
    one[0] = 9;
    table.toBytes()[0] = 9;
    assertEquals(1, table.toBytes()[0]);
  }

  @Test
  void pieces_largeTable_areChunksThatJoinToIt() {
    byte[] bytes = new byte[20_000 * 36];
    for (int i = 0; i < 20_000; i++) {
      ByteBuffer.wrap(bytes).putInt(i * 36, i).putInt(i * 36 + 32, 7);
    }
    ChunkTable table = ChunkTable.parse(bytes);
    List<byte[]> pieces = table.pieces();
    assertEquals(3, pieces.size());
    assertEquals(CHUNK, pieces.get(0).length);
    assertEquals(CHUNK, pieces.get(1).length);
    assertEquals(20_000 * 36 - 2 * CHUNK, pieces.get(2).length);
    assertArrayEquals(bytes, join(pieces.toArray(byte[][]::new)));
    assertEquals(1, ChunkTable.parse(entry(1, 1)).pieces().size());
  }

  private static byte[] entry(int digest, int length) {
    return ByteBuffer.allocate(36).put((byte) digest).putInt(32, length).array();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private ChunkTable.Built build(String name, byte[] content) throws IOException {
    return ChunkTable.build(Files.write(folder.resolve(name), content));
  }
}
