package dev.drover.hub;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import dev.drover.wire.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

class HubLogsTest {
  private final PrintStream err = System.err;
  private final PrintStream out = System.out;
  @TempDir private Path directory;

  @AfterEach
  void restore() throws Exception {
    System.setErr(err);
    System.setOut(out);
    SLF4JBridgeHandler.uninstall();
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    new ContextInitializer(context).autoConfig();
  }

  @Test
  void log_goesToAFile_andWarningsAlsoToStandardError() throws Exception {
    // Made before the log is set up, under whatever configuration the class path has.
    Logger log = LoggerFactory.getLogger("dev.drover.hub.Example");
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    ByteArrayOutputStream results = new ByteArrayOutputStream();
    System.setErr(new PrintStream(shown, true, StandardCharsets.UTF_8));
    System.setOut(new PrintStream(results, true, StandardCharsets.UTF_8));
    HubLogs.open(directory.resolve("logs"));

    log.atInfo().addKeyValue("device", "cam-0").log("Enrolled");
    log.atWarn().addKeyValue("code", "DISK_FULL").log("Refused");
    log.atDebug().log("Chatter");
    LoggerFactory.getLogger("com.hivemq.Something").info("Chatter of the broker");
    java.util.logging.Logger.getLogger("io.grpc.Something").log(Level.WARNING, "From gRPC");
    System.err.flush();

    List<String> lines = Files.readAllLines(directory.resolve("logs/hub.log"));
    assertEquals(3, lines.size(), lines::toString);
    String time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z ";
    assertTrue(
        lines.get(0).matches(time + "INFO  Example - Enrolled device=\"cam-0\""), lines.get(0));
    assertTrue(lines.get(1).matches(time + "WARN  Example - Refused code=\"DISK_FULL\""));
    assertTrue(lines.get(2).matches(time + "WARN  Something - From gRPC "), lines.get(2));
    String warnings = shown.toString(StandardCharsets.UTF_8);
    assertTrue(warnings.contains("Refused"), warnings);
    assertFalse(warnings.contains("Enrolled"), warnings);
    assertEquals("", results.toString(StandardCharsets.UTF_8));
  }

  @Test
  void log_thatIsLarge_isCutAndCompressed() throws Exception {
    Path logs = Files.createDirectories(directory.resolve("logs"));
    Path file = logs.resolve("hub.log");
    try (RandomAccessFile old = new RandomAccessFile(file.toFile(), "rw")) {
      old.setLength(11 << 20);
    }
    HubLogs.open(logs);
    Logger log = LoggerFactory.getLogger("dev.drover.hub.Example");
    await()
        .until(
            () -> {
              log.info("again");
              return Files.size(file) < 1 << 20;
            });
    await().until(() -> isCut(logs));
  }

  private static boolean isCut(Path logs) throws IOException {
    try (Stream<Path> files = Files.list(logs)) {
      return files.anyMatch(
          file ->
              file.getFileName().toString().matches("hub\\.\\d{4}-\\d\\d-\\d\\d\\.0\\.log\\.gz"));
    }
  }

  @Test
  void log_thatCannotBeWritten_isRefused() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    assertTrue(
        assertRefused(ErrorCode.STORE_FAILED, () -> HubLogs.open(file))
            .contains("cannot be written"));
  }
}
