package dev.drover.content;

import static dev.drover.content.SmallChunks.MAP;
import static dev.drover.content.SmallChunks.PART;
import static dev.drover.content.SmallChunks.TARGET;
import static dev.drover.content.SmallChunks.chunks;
import static dev.drover.content.SmallChunks.deliverMissing;
import static dev.drover.content.SmallChunks.table;
import static dev.drover.content.SmallChunks.whole;
import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.content.ChunkAssembler.Outcome;
import dev.drover.crypto.Sha256;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkAssemblerTest {
  @TempDir Path folder;

  @Test
  void accept_anyOrder_completesTheFile() {
    List<byte[]> chunks = chunks(20);
    SimulatedFiles files = new SimulatedFiles(1);
    files.bytesPerWrite = 2;
    ChunkAssembler assembler = ChunkAssembler.open(files, PART, table(chunks));
    assertEquals(20, assembler.missingChunks());
    assertEquals(whole(chunks).length, assembler.missingBytes());
    assertEquals(Outcome.STORED, assembler.accept(chunks.get(19)));
    assertEquals(Outcome.DUPLICATE, assembler.accept(chunks.get(19)));
    assertEquals(Outcome.STORED, assembler.accept(chunks.get(0)));
    assertEquals(17, assembler.missingChunks(), "equal chunks are stored at once");
    assertEquals(List.of(Sha256.of(chunks.get(1)), Sha256.of(chunks.get(3))), assembler.missing(2));
    assertEquals(List.of(), assembler.missing(0));
    assertEquals(17, assembler.missing(100).size());
    assertFalse(assembler.isComplete());
    deliverMissing(assembler, chunks);
    assertTrue(assembler.isComplete());
    assertEquals(0, assembler.missingBytes());
    assembler.finish(Sha256.of(whole(chunks)), TARGET);
    assertArrayEquals(whole(chunks), files.read(TARGET));
    assertFalse(files.exists(PART));
    assertFalse(files.exists(MAP));
    assertEquals(0, files.openFiles);
    assertRefused(ErrorCode.STORE_FAILED, () -> assembler.accept(chunks.get(0)));
  }

  @Test
  void missing_equalChunks_areNamedOnce() {
    List<byte[]> chunks = chunks(4);
    ChunkAssembler assembler = ChunkAssembler.open(new SimulatedFiles(1), PART, table(chunks));
    assertEquals(4, assembler.missingChunks());
    assertEquals(3, assembler.missing(100).size());
  }

  @Test
  void accept_foreignChunks_touchNothing() {
    List<byte[]> chunks = chunks(5);
    SimulatedFiles files = new SimulatedFiles(1);
    ChunkAssembler assembler = ChunkAssembler.open(files, PART, table(chunks));
    int steps = files.steps;
    byte[] flipped = chunks.get(0).clone();
    flipped[1] ^= 1;
    for (byte[] foreign :
        List.of(new byte[0], flipped, new byte[ChunkGrid.CHUNK_BYTES + 1], new byte[] {1})) {
      assertEquals(Outcome.FOREIGN, assembler.accept(foreign));
    }
    assertEquals(steps, files.steps);
    assertEquals(5, assembler.missingChunks());
  }

  @Test
  void accept_lyingTable_isNotFollowed() {
    // A table whose digest is right and whose length is not must not shift what follows.
    byte[] chunk = {1, 2, 3};
    byte[] bytes = ByteBuffer.allocate(36).put(Sha256.of(chunk).toBytes()).putInt(2).array();
    SimulatedFiles files = new SimulatedFiles(1);
    ChunkAssembler assembler = ChunkAssembler.open(files, PART, ChunkTable.parse(bytes));
    assertEquals(Outcome.FOREIGN, assembler.accept(chunk));
    assertEquals(0, files.read(PART).length);
  }

  @Test
  void finish_damagedOnDisk_asksForTheChunksAgain() {
    List<byte[]> chunks = chunks(10);
    SimulatedFiles files = new SimulatedFiles(1);
    ChunkAssembler assembler = ChunkAssembler.open(files, PART, table(chunks));
    assertRefused(
        ErrorCode.INVALID_ARGUMENT, () -> assembler.finish(Sha256.of(whole(chunks)), TARGET));
    chunks.forEach(assembler::accept);
    assembler.sync();
    byte[] bad = files.read(PART);
    bad[bad.length - 1] ^= 1;
    files.write(PART, bad);
    Sha256 digest = Sha256.of(whole(chunks));
    assertTrue(
        assertRefused(ErrorCode.DIGEST_MISMATCH, () -> assembler.finish(digest, TARGET))
            .contains("1 chunks were damaged"));
    assertFalse(files.exists(TARGET));
    assertEquals(List.of(Sha256.of(chunks.get(9))), assembler.missing(100));
    files.crash();
    ChunkAssembler again = reopened(files, chunks);
    assertEquals(List.of(Sha256.of(chunks.get(9))), again.missing(100), "also after a crash");
    again.accept(chunks.get(9));
    again.finish(digest, TARGET);
    assertArrayEquals(whole(chunks), files.read(TARGET));
  }

  @Test
  void finish_anotherFile_isRefused() {
    List<byte[]> chunks = chunks(10);
    SimulatedFiles files = new SimulatedFiles(1);
    ChunkAssembler assembler = ChunkAssembler.open(files, PART, table(chunks));
    chunks.forEach(assembler::accept);
    assertTrue(
        assertRefused(ErrorCode.DIGEST_MISMATCH, () -> assembler.finish(Sha256.of(), TARGET))
            .contains("another file"));
    assertFalse(files.exists(TARGET));
    assertTrue(assembler.isComplete());
  }

  @Test
  void accept_fullDisk_saysSoAndGoesOnLater() {
    List<byte[]> chunks = chunks(10);
    SimulatedFiles files = new SimulatedFiles(1);
    ChunkAssembler assembler = ChunkAssembler.open(files, PART, table(chunks));
    assembler.accept(chunks.get(0));
    for (String message : List.of("No space left on device", "Auf dem Ger\u00e4t ist kein Platz")) {
      files.fullMessage = message;
      files.freeBytes = 2;
      assertRefused(ErrorCode.DISK_FULL, () -> assembler.accept(chunks.get(5)));
      assertRefused(ErrorCode.DISK_FULL, () -> reopened(files, chunks(11)));
    }
    files.freeBytes = Long.MAX_VALUE;
    files.bytesPerWrite = 0;
    assertRefused(ErrorCode.STORE_FAILED, () -> assembler.accept(chunks.get(5)));
    files.bytesPerWrite = 1;
    assertEquals(8, assembler.missingChunks());
    deliverMissing(assembler, chunks);
    // The journal was reset by the failed attempts with another table; marks are written whole.
    assembler.sync();
    assertTrue(assembler.isComplete());
  }

  @Test
  void close_syncsWhatWasAccepted() {
    List<byte[]> chunks = chunks(10);
    SimulatedFiles files = new SimulatedFiles(1);
    ChunkAssembler assembler = ChunkAssembler.open(files, PART, table(chunks));
    chunks.subList(0, 5).forEach(assembler::accept);
    assembler.close();
    assembler.close();
    assertEquals(0, files.openFiles);
    files.crash();
    assertEquals(5, reopened(files, chunks).missingChunks());
  }

  @Test
  void close_failingSync_isReportedAndCloses() {
    List<byte[]> chunks = chunks(10);
    SimulatedFiles files = new SimulatedFiles(1);
    ChunkAssembler assembler = ChunkAssembler.open(files, PART, table(chunks));
    assembler.accept(chunks.get(0));
    files.failingSyncs = 1;
    assertRefused(ErrorCode.STORE_FAILED, assembler::close);
    assertEquals(0, files.openFiles);
  }

  @Test
  void discard_leavesNothing() {
    List<byte[]> chunks = chunks(10);
    SimulatedFiles files = new SimulatedFiles(1);
    ChunkAssembler assembler = ChunkAssembler.open(files, PART, table(chunks));
    assembler.accept(chunks.get(0));
    assembler.discard();
    assertFalse(files.exists(PART));
    assertFalse(files.exists(MAP));
    assertEquals(0, files.openFiles);
  }

  @Test
  void realFiles_killedInTheMiddle_resume() throws IOException {
    byte[] content = new byte[3 * ChunkGrid.CHUNK_BYTES + 100];
    new SplittableRandom(1).nextBytes(content);
    Path source = Files.write(folder.resolve("source"), content);
    ChunkTable.Built built = ChunkTable.build(source);
    Path part = folder.resolve("copy.part");
    Path target = Files.writeString(folder.resolve("copy"), "an older one");
    BlockFiles files = BlockFiles.real();
    byte[] second = Arrays.copyOfRange(content, ChunkGrid.CHUNK_BYTES, 2 * ChunkGrid.CHUNK_BYTES);
    ChunkAssembler killed = ChunkAssembler.open(files, part, built.table());
    killed.accept(second);
    try (ChunkAssembler again = ChunkAssembler.open(files, part, built.table())) {
      assertEquals(3, again.missingChunks());
      for (int i = 0; i < built.table().count(); i++) {
        int from = (int) built.table().offset(i);
        again.accept(Arrays.copyOfRange(content, from, from + built.table().length(i)));
      }
      again.finish(built.fileDigest(), target);
    }
    assertArrayEquals(content, Files.readAllBytes(target));
    assertFalse(Files.exists(part));
    assertFalse(Files.exists(folder.resolve("copy.part.map")));
    killed.discard();
    assertTrue(files.usableBytes(target) > 0);
  }

  @Test
  void realFiles_missingDirectory_isReported() {
    List<byte[]> chunks = chunks(3);
    assertRefused(
        ErrorCode.STORE_FAILED,
        () -> ChunkAssembler.open(BlockFiles.real(), folder.resolve("absent/part"), table(chunks)));
  }

  private static ChunkAssembler reopened(SimulatedFiles files, List<byte[]> chunks) {
    return ChunkAssembler.open(files, PART, table(chunks));
  }
}
