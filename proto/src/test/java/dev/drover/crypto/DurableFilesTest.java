package dev.drover.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {
  @TempDir Path directory;

  @Test
  void replace_missingParents_writesWithExactPermissions() throws IOException {
    Path file = directory.resolve("a/b/key");

    DurableFiles.replace(file, new byte[] {1, 2}, DurableFiles.OWNER_ONLY);

    assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(file));
    assertEquals(DurableFiles.OWNER_ONLY, Files.getPosixFilePermissions(file));
  }

  @Test
  void replace_existingFile_isReplacedWholeAndLeavesNothingBeside() throws IOException {
    Path file = directory.resolve("state");
    DurableFiles.replace(file, new byte[1000], DurableFiles.OWNER_ONLY);

    DurableFiles.replace(file, new byte[] {7}, DurableFiles.PUBLIC);

    assertArrayEquals(new byte[] {7}, Files.readAllBytes(file));
    assertEquals(DurableFiles.PUBLIC, Files.getPosixFilePermissions(file));
    assertEquals(List.of(file), list());
  }

  @Test
  void replace_syncOfContentFails_keepsTheOldFile() throws IOException {
    Path file = directory.resolve("state");
    DurableFiles.replace(file, new byte[] {1}, DurableFiles.PUBLIC);

    DroverException failure =
        assertThrows(
            DroverException.class,
            () ->
                DurableFiles.replace(
                    file,
                    new byte[] {2},
                    DurableFiles.PUBLIC,
                    channel -> {
                      throw new IOException("Input/output error");
                    }));

    assertEquals(ErrorCode.STORE_FAILED, failure.code());
    assertArrayEquals(new byte[] {1}, Files.readAllBytes(file));
    assertEquals(List.of(file), list());
  }

  @Test
  void replace_noSpaceLeft_isReportedAsDiskFull() {
    DroverException failure =
        assertThrows(
            DroverException.class,
            () ->
                DurableFiles.replace(
                    directory.resolve("state"),
                    new byte[] {2},
                    DurableFiles.PUBLIC,
                    channel -> {
                      throw new IOException("No space left on device");
                    }));

    assertEquals(ErrorCode.DISK_FULL, failure.code());
  }

  @Test
  void failure_thatIsTranslated_isAFullDiskWhereNothingIsLeft() {
    IOException translated = new IOException("Auf dem Ger\u00e4t ist kein Speicherplatz mehr frei");
    Path deep = directory.resolve("not").resolve("there");

    assertEquals(ErrorCode.STORE_FAILED, DurableFiles.failure("x", deep, translated).code());
    assertEquals(
        ErrorCode.DISK_FULL, DurableFiles.failure("x", deep, translated, () -> 4096).code());
    assertFalse(DurableFiles.isFull(deep, translated));
    assertTrue(DurableFiles.isFull(deep, new IOException("Disk quota exceeded")));
  }

  @Test
  void replace_syncOfDirectoryFails_isReported() {
    int[] calls = {0};

    DroverException failure =
        assertThrows(
            DroverException.class,
            () ->
                DurableFiles.replace(
                    directory.resolve("state"),
                    new byte[] {2},
                    DurableFiles.PUBLIC,
                    channel -> {
                      if (++calls[0] == 2) {
                        throw new IOException("Input/output error");
                      }
                    }));

    assertEquals(ErrorCode.STORE_FAILED, failure.code());
    assertEquals(2, calls[0]);
  }

  @Test
  void readBounded_atTheLimit_returnsItAndRefusesOneByteMore() {
    Path file = directory.resolve("state");
    DurableFiles.replace(file, new byte[] {1, 2, 3}, DurableFiles.PUBLIC);

    assertArrayEquals(new byte[] {1, 2, 3}, DurableFiles.readBounded(file, 3).orElseThrow());
    DroverException failure =
        assertThrows(DroverException.class, () -> DurableFiles.readBounded(file, 2));
    assertEquals(ErrorCode.LIMIT_EXCEEDED, failure.code());
  }

  @Test
  void readBounded_absentFile_isEmpty() {
    assertTrue(DurableFiles.readBounded(directory.resolve("none"), 10).isEmpty());
  }

  @Test
  void readBounded_directory_fails() {
    DroverException failure =
        assertThrows(DroverException.class, () -> DurableFiles.readBounded(directory, 10));
    assertEquals(ErrorCode.STORE_FAILED, failure.code());
  }

  @Test
  void delete_existingAndAbsentFile_bothEndWithout() {
    Path file = directory.resolve("state");
    DurableFiles.replace(file, new byte[] {1}, DurableFiles.PUBLIC);

    DurableFiles.delete(file);
    DurableFiles.delete(file);

    assertFalse(Files.exists(file));
  }

  @Test
  void deleteLeftovers_afterACrash_keepsRealFiles() throws IOException {
    Path file = directory.resolve("state");
    DurableFiles.replace(file, new byte[] {1}, DurableFiles.PUBLIC);
    Files.write(directory.resolve(".state.123.drover-tmp"), new byte[] {9});

    DurableFiles.deleteLeftovers(directory);
    DurableFiles.deleteLeftovers(directory.resolve("none"));

    assertEquals(List.of(file), list());
  }

  private List<Path> list() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    }
  }
}
