package dev.drover.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.machine.runtime.StoreSchema;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class StoreDirectoryTest {
  private static final StoreSchema FIRST = StoreSchema.first();
  private static final StoreSchema SECOND = new StoreSchema(2, Map.of(1, rows -> {}));

  @TempDir private Path scratch;

  @Test
  void open_twice_refusedUntilClosed() {
    Path data = scratch.resolve("a/b");
    StoreDirectory owned = StoreDirectory.open(data, FIRST);
    assertCode(ErrorCode.DATA_DIRECTORY_IN_USE, () -> StoreDirectory.open(data, FIRST));
    owned.close();
    StoreDirectory.open(data, FIRST).close();
  }

  @Test
  void open_newerVersion_refusedAndReleased() throws IOException {
    StoreDirectory.open(scratch, SECOND).close();
    assertEquals("drover-store 1.2\n", Files.readString(scratch.resolve("drover.version")));
    assertCode(ErrorCode.STORE_TOO_NEW, () -> StoreDirectory.open(scratch, FIRST));
    StoreDirectory.open(scratch, SECOND).close();
    Files.writeString(scratch.resolve("drover.version"), "drover-store 2.1\n");
    assertCode(ErrorCode.STORE_TOO_NEW, () -> StoreDirectory.open(scratch, SECOND));
    Files.writeString(scratch.resolve("drover.version"), "something else\n");
    assertCode(ErrorCode.STORE_FAILED, () -> StoreDirectory.open(scratch, SECOND));
  }

  @Test
  void open_olderVersion_isRaised() throws IOException {
    StoreDirectory.open(scratch, FIRST).close();
    StoreDirectory.open(scratch, SECOND).close();
    assertEquals("drover-store 1.2\n", Files.readString(scratch.resolve("drover.version")));
  }

  @Test
  void open_olderVersionWithoutUpgrader_isLeftToTheOlderProgram() {
    StoreDirectory.open(scratch, FIRST).close();
    StoreSchema third = new StoreSchema(3, Map.of(2, rows -> {}));
    assertCode(ErrorCode.STORE_FAILED, () -> StoreDirectory.open(scratch, third));
    StoreDirectory.open(scratch, FIRST).close();
  }

  @Test
  void open_whereAFileIs_refused() throws IOException {
    Path file = Files.writeString(scratch.resolve("file"), "x");
    assertCode(ErrorCode.STORE_FAILED, () -> StoreDirectory.open(file, FIRST));
  }

  @Test
  void nativeLibraries_leftovers_areGone() throws IOException {
    try (StoreDirectory owned = StoreDirectory.open(scratch, FIRST)) {
      Path leftover = Files.writeString(owned.nativeLibraries(1).resolve("old.so"), "x");
      owned.nativeLibraries(1);
      assertFalse(Files.exists(leftover));
    }
  }

  private static void assertCode(ErrorCode code, Executable body) {
    assertEquals(code, assertThrows(DroverException.class, body).code());
  }
}
