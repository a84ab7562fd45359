package dev.drover.hub.repo;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Sha256;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkStoreTest {
  @TempDir private Path directory;

  private long files() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).count();
    }
  }

  @Test
  void chunk_isKeptUnderItsHash_alsoForTheNextProcess() {
    byte[] chunk = {1, 2, 3};
    ChunkStore store = new ChunkStore(directory);
    assertFalse(store.has(Sha256.of(chunk)));
    Sha256 name = store.put(chunk);
    assertEquals(Sha256.of(chunk), name);
    assertEquals(name, store.put(chunk));
    store.sync();
    ChunkStore next = new ChunkStore(directory);
    assertTrue(next.has(name));
    assertArrayEquals(chunk, next.get(name).orElseThrow());
    assertTrue(next.get(Sha256.of(new byte[] {4})).isEmpty());
  }

  @Test
  void chunk_thatRotted_isRefusedOnce_andReplacedByAnUpload() throws IOException {
    byte[] chunk = {1, 2, 3};
    ChunkStore store = new ChunkStore(directory);
    Sha256 name = store.put(chunk);
    Path file = directory.resolve(name.hex().substring(0, 2)).resolve(name.hex());
    for (byte[] rotten : List.of(new byte[] {1, 2, 4}, new byte[0], new byte[1 << 20])) {
      Files.write(file, rotten);
      assertRefused(ErrorCode.DIGEST_MISMATCH, () -> store.get(name));
      assertTrue(store.get(name).isEmpty(), "it is missing now");
      Files.write(file, rotten);
      assertFalse(store.hasWhole(name));
      Files.write(file, rotten);
      assertEquals(name, store.put(chunk));
      assertArrayEquals(chunk, store.get(name).orElseThrow());
    }
  }

  @Test
  void chunk_overTheLimit_isRefused_andLeavesNothing() throws IOException {
    ChunkStore store = new ChunkStore(directory);
    assertRefused(ErrorCode.LIMIT_EXCEEDED, () -> store.put(new byte[Limits.CHUNK_BYTES_MAX + 1]));
    assertEquals(0, files());
  }

  @Test
  void leftovers_ofAKilledProcess_areRemoved() throws IOException {
    ChunkStore store = new ChunkStore(directory);
    Sha256 name = store.put(new byte[] {1});
    Path leftover = Files.write(directory.resolve("7.tmp"), new byte[] {1, 2});
    ChunkStore next = new ChunkStore(directory);
    assertFalse(Files.exists(leftover));
    assertTrue(next.has(name));
  }

  @Test
  void chunk_thatTheDiskDidNotTake_isSaidSo_andLeavesNothing() throws IOException {
    for (ErrorCode code : List.of(ErrorCode.DISK_FULL, ErrorCode.STORE_FAILED)) {
      String reason =
          code == ErrorCode.DISK_FULL ? "No space left on device" : "Input/output error";
      ChunkStore store =
          new ChunkStore(
              directory,
              channel -> {
                assertEquals(1, files(), "what has been written");
                throw new IOException(reason);
              });
      assertRefused(code, () -> store.put(new byte[] {1}));
      assertEquals(0, files());
    }
  }

  @Test
  void chunk_whoseFolderIsGone_isRefused_andLeavesNothing() throws IOException {
    byte[] chunk = {1};
    ChunkStore store = new ChunkStore(directory);
    Path folder = directory.resolve(Sha256.of(chunk).hex().substring(0, 2));
    Files.delete(folder);

    assertRefused(ErrorCode.STORE_FAILED, () -> store.put(chunk));
    assertEquals(0, files());

    Files.createDirectory(folder);
    assertEquals(Sha256.of(chunk), store.put(chunk));
    assertEquals(1, files());
  }

  @Test
  void folder_thatIsAFile_isRefusedWithACode() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertRefused(ErrorCode.STORE_FAILED, () -> new ChunkStore(file));
  }
}
