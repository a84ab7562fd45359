package dev.drover.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentFilesTest {
  @TempDir Path base;

  @Test
  void dataDirectory_newOrOpenToOthers_becomesTheOwnersAlone() throws IOException {
    Path fresh = AgentFiles.prepare(base.resolve("new/data"));
    assertEquals("rwx------", mode(fresh));

    Path open = Files.createDirectory(base.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertEquals("rwx------", mode(AgentFiles.prepare(open)));
  }

  @Test
  void dataDirectory_whereAFileIs_saysWhichAndWhy() throws IOException {
    Path file = Files.writeString(base.resolve("file"), "x");
    DroverException refused =
        assertThrows(DroverException.class, () -> AgentFiles.prepare(file.resolve("data")));
    assertEquals(ErrorCode.STORE_FAILED, refused.code());
    assertTrue(refused.getMessage().contains(file.toString()), refused.getMessage());
  }

  @Test
  void logDirectory_thatCannotBe_isRefusedBeforeTheLogComplains() throws IOException {
    Path file = Files.writeString(base.resolve("file"), "x");
    DroverException refused =
        assertThrows(DroverException.class, () -> AgentFiles.prepareLog(file.resolve("logs")));
    assertEquals(ErrorCode.STORE_FAILED, refused.code());

    Path logs = base.resolve("logs");
    AgentFiles.prepareLog(logs);
    try (var left = Files.list(logs)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void timer_atItsEnd_dropsWhatIsDueLater() {
    ScheduledExecutorService timer = AgentThreads.timer();
    Future<?> later = timer.schedule(() -> {}, 1, TimeUnit.DAYS);
    timer.shutdown();
    assertTrue(later.isCancelled());
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
