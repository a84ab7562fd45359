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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Sha256;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What survives power loss, failed syncs and damaged journals. */
class ChunkAssemblerCrashTest {
  @Test
  void sync_beforeCrash_keepsWhatWasThere() {
    List<byte[]> chunks = chunks(30);
    for (long seed = 0; seed < 20; seed++) {
      SimulatedFiles files = new SimulatedFiles(seed);
      ChunkAssembler assembler = ChunkAssembler.open(files, PART, table(chunks));
      for (int i = 10; i < 25; i++) {
        assembler.accept(chunks.get(i));
      }
      assembler.sync();
      assembler.accept(chunks.get(0));
      files.crash();
      ChunkAssembler again = ChunkAssembler.open(files, PART, table(chunks));
      List<Sha256> missing = again.missing(100);
      for (int i = 10; i < 25; i++) {
        assertFalse(missing.contains(Sha256.of(chunks.get(i))), "chunk " + i);
      }
      deliverMissing(again, chunks);
      again.finish(Sha256.of(whole(chunks)), TARGET);
      assertArrayEquals(whole(chunks), files.read(TARGET));
    }
  }

  @Test
  void accept_manyChunks_areSyncedByThemselves() {
    List<byte[]> chunks = chunks(200);
    SimulatedFiles files = new SimulatedFiles(1);
    ChunkAssembler assembler = ChunkAssembler.open(files, PART, table(chunks));
    for (int i = 3; i < 3 + 64; i++) {
      assembler.accept(chunks.get(i));
    }
    int before = files.steps;
    assembler.sync();
    assertEquals(before, files.steps, "nothing is left to sync");
    for (int i = 67; i < 67 + 63; i++) {
      assembler.accept(chunks.get(i));
    }
    files.crash();
    ChunkAssembler again = ChunkAssembler.open(files, PART, table(chunks));
    assertTrue(again.missingChunks() <= 200 - 64);
    assertTrue(again.missing(1).contains(Sha256.of(chunks.get(0))));
  }

  @Test
  void crash_atEveryStep_losesNothingSyncedAndEndsRight() {
    List<byte[]> chunks = chunks(12);
    ChunkTable table = table(chunks);
    int steps = runUntil(new SimulatedFiles(0), chunks, table, new HashSet<>());
    assertTrue(steps > 30);
    for (int at = 0; at <= steps; at++) {
      for (long seed = 0; seed < 8; seed++) {
        SimulatedFiles files = new SimulatedFiles(seed);
        files.stepsLeft = at;
        Set<Sha256> synced = new HashSet<>();
        if (at < steps) {
          assertThrows(
              SimulatedFiles.PowerLoss.class, () -> runUntil(files, chunks, table, synced));
        }
        files.crash();
        if (!files.exists(TARGET)) {
          ChunkAssembler again = ChunkAssembler.open(files, PART, table);
          assertTrue(
              again.missing(100).stream().noneMatch(synced::contains), at + " with seed " + seed);
          deliverMissing(again, chunks);
          again.finish(Sha256.of(whole(chunks)), TARGET);
        }
        assertArrayEquals(whole(chunks), files.read(TARGET), at + " with seed " + seed);
      }
    }
  }

  /** Does everything once and records what was synced; returns the steps that it took. */
  private static int runUntil(
      SimulatedFiles files, List<byte[]> chunks, ChunkTable table, Set<Sha256> synced) {
    ChunkAssembler assembler = ChunkAssembler.open(files, PART, table);
    List<byte[]> order = new ArrayList<>(chunks);
    Collections.reverse(order);
    Set<Sha256> accepted = new HashSet<>();
    for (byte[] chunk : order) {
      assembler.accept(chunk);
      accepted.add(Sha256.of(chunk));
      if (accepted.size() % 4 == 0) {
        assembler.sync();
        synced.addAll(accepted);
      }
    }
    assembler.finish(Sha256.of(whole(chunks)), TARGET);
    return files.steps;
  }

  @Test
  void open_leftUnmarkedData_isFoundAndWrittenAgain() {
    List<byte[]> chunks = chunks(10);
    SimulatedFiles files = new SimulatedFiles(1);
    ChunkAssembler assembler = ChunkAssembler.open(files, PART, table(chunks));
    chunks.forEach(assembler::accept);
    files.failingSyncs = 1;
    assertRefused(ErrorCode.STORE_FAILED, assembler::sync);
    assertRefused(ErrorCode.STORE_FAILED, assembler::sync);
    assertRefused(ErrorCode.STORE_FAILED, () -> assembler.accept(chunks.get(0)));
    assertRefused(ErrorCode.STORE_FAILED, () -> assembler.finish(Sha256.of(whole(chunks)), TARGET));
    assembler.close();
    assertEquals(0, files.openFiles);
    // The data reads well but is nowhere on the disk; only writing it again saves it.
    ChunkAssembler again = ChunkAssembler.open(files, PART, table(chunks));
    assertTrue(again.isComplete());
    files.crash();
    assertArrayEquals(whole(chunks), files.read(PART));
  }

  @Test
  void open_journalOfAnotherTable_isNotTrusted() {
    List<byte[]> chunks = chunks(10);
    SimulatedFiles files = new SimulatedFiles(1);
    try (ChunkAssembler first = ChunkAssembler.open(files, PART, table(chunks))) {
      chunks.forEach(first::accept);
    }
    List<byte[]> changed = new ArrayList<>(chunks);
    changed.set(4, new byte[chunks.get(4).length]);
    ChunkAssembler other = ChunkAssembler.open(files, PART, table(changed));
    assertEquals(List.of(Sha256.of(changed.get(4))), other.missing(100));
    other.accept(changed.get(4));
    other.finish(Sha256.of(whole(changed)), TARGET);
    assertArrayEquals(whole(changed), files.read(TARGET));
  }

  @Test
  void open_damagedJournal_isNotTrusted() {
    List<byte[]> chunks = chunks(10);
    SimulatedFiles files = new SimulatedFiles(1);
    try (ChunkAssembler first = ChunkAssembler.open(files, PART, table(chunks))) {
      chunks.subList(0, 5).forEach(first::accept);
    }
    byte[] map = files.read(MAP);
    assertEquals(8 + 32 + 4 + 2, map.length);
    assertEquals("DROVERC1", new String(map, 0, 8, StandardCharsets.US_ASCII));
    assertArrayEquals(table(chunks).digest().toBytes(), Arrays.copyOfRange(map, 8, 40));
    assertArrayEquals(new byte[] {0, 0, 0, 10, 0b11111, 0}, Arrays.copyOfRange(map, 40, 46));
    for (int at = 0; at < 44; at++) {
      byte[] bad = map.clone();
      bad[at] ^= 1;
      // All marks set: whoever trusted this journal would call the file complete.
      bad[44] = -1;
      bad[45] = -1;
      files.write(MAP, bad);
      assertEquals(5, reopened(files, chunks).missingChunks());
      assertArrayEquals(map, files.read(MAP));
    }
    for (int length : new int[] {0, 10, 44, 45, 47}) {
      files.write(MAP, Arrays.copyOf(map, length));
      assertEquals(5, reopened(files, chunks).missingChunks());
    }
    // Marks beyond the last chunk mean nothing.
    byte[] extra = map.clone();
    extra[45] = (byte) 0xfc;
    files.write(MAP, extra);
    assertEquals(5, reopened(files, chunks).missingChunks());
  }

  private static ChunkAssembler reopened(SimulatedFiles files, List<byte[]> chunks) {
    return ChunkAssembler.open(files, PART, table(chunks));
  }

  @Test
  void crash_whileAnotherTablesJournalIsReplaced_trustsNoOldMark() {
    List<byte[]> chunks = chunks(10);
    List<byte[]> changed = new ArrayList<>(chunks);
    changed.set(4, new byte[chunks.get(4).length]);
    SimulatedFiles whole = new SimulatedFiles(0);
    fill(whole, chunks);
    int before = whole.steps;
    reopened(whole, changed);
    int steps = whole.steps - before;
    for (int at = 0; at < steps; at++) {
      for (long seed = 0; seed < 50; seed++) {
        SimulatedFiles files = new SimulatedFiles(seed);
        fill(files, chunks);
        files.stepsLeft = at;
        assertThrows(SimulatedFiles.PowerLoss.class, () -> reopened(files, changed));
        files.crash();
        assertEquals(
            List.of(Sha256.of(changed.get(4))), reopened(files, changed).missing(100), "" + at);
      }
    }
  }

  private static void fill(SimulatedFiles files, List<byte[]> chunks) {
    try (ChunkAssembler first = ChunkAssembler.open(files, PART, table(chunks))) {
      chunks.forEach(first::accept);
    }
  }

  @Test
  void open_failingDisk_isReportedAndLeavesNothingOpen() {
    List<byte[]> chunks = chunks(10);
    SimulatedFiles files = new SimulatedFiles(1);
    files.failingSyncs = 1;
    assertRefused(ErrorCode.STORE_FAILED, () -> reopened(files, chunks));
    assertEquals(0, files.openFiles);
    files.stepsLeft = 1;
    assertThrows(SimulatedFiles.PowerLoss.class, () -> reopened(files, chunks));
    assertEquals(0, files.openFiles);
    files.crash();
    assertEquals(10, reopened(files, chunks).missingChunks());
  }

  @Test
  void open_lostOrShortFile_forgetsItsMarks() {
    List<byte[]> chunks = chunks(10);
    SimulatedFiles files = new SimulatedFiles(1);
    try (ChunkAssembler first = ChunkAssembler.open(files, PART, table(chunks))) {
      chunks.forEach(first::accept);
    }
    byte[] full = files.read(PART);
    files.write(PART, Arrays.copyOf(full, full.length - 1));
    assertEquals(1, reopened(files, chunks).missingChunks());
    files.write(PART, new byte[0]);
    assertEquals(10, reopened(files, chunks).missingChunks());
    files.write(PART, Arrays.copyOf(full, full.length + 7));
    ChunkAssembler longer = reopened(files, chunks);
    assertTrue(longer.isComplete());
    assertArrayEquals(full, files.read(PART));
  }
}
