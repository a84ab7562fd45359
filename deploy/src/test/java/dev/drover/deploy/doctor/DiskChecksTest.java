package dev.drover.deploy.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.deploy.doctor.Finding.Level;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskChecksTest {
  private final Seen seen = new Seen();
  private final DiskChecks disks = new DiskChecks(seen.findings);

  @TempDir Path base;

  @Test
  void disk_ofADirectory_isWrittenToAndLeftAsItWas() throws IOException {
    disks.disk(base, 1, "", false);
    assertTrue(seen.only("disk", Level.OK).detail().contains("writes and syncs"));
    try (var left = Files.list(base)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void disk_ofADirectoryThatIsNotYet_isThatAroundIt() {
    Path later = base.resolve("a/b");
    disks.disk(later, 1, "", false);
    assertTrue(seen.only("disk", Level.OK).detail().contains(base.toString()));
    assertTrue(Files.notExists(base.resolve("a")));
  }

  @Test
  void disk_withLessThanWanted_isTold() {
    disks.disk(base, Long.MAX_VALUE, "something needs all there is", false);
    assertTrue(seen.only("disk", Level.WARN).detail().contains("something needs"));
  }

  @Test
  void directory_ofSomethingElse_isWrong() throws IOException {
    Path file = Files.writeString(base.resolve("file"), "x");
    assertEquals(false, Trees.data(seen.findings, file));
    seen.failed("directory", ErrorCode.STORE_FAILED);
  }

  @Test
  void directory_openToOthers_isWrong() throws IOException {
    Path data = Files.createDirectory(base.resolve("data"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-x---"));
    assertTrue(Trees.data(seen.findings, data));
    assertEquals("chmod 700 " + data, seen.failed("directory", ErrorCode.PERMISSION_DENIED).next());
  }
}
