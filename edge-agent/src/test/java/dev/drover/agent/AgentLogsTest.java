package dev.drover.agent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent's log in a context of its own, beside that of the tests. */
class AgentLogsTest {
  private static final String CUT = "agent\\.\\d{4}-\\d\\d-\\d\\d\\.0\\.log\\.gz";

  private final PrintStream err = System.err;
  private final LoggerContext context = new LoggerContext();
  @TempDir private Path directory;

  @AfterEach
  void restore() {
    context.stop();
    System.clearProperty(AgentLogs.DIRECTORY);
    System.setErr(err);
  }

  private ExecutionStatus configure() {
    context.setMDCAdapter(new LogbackMDCAdapter());
    AgentLogs logs = new AgentLogs();
    logs.setContext(context);
    return logs.configure(context);
  }

  @Test
  void process_thatRunsNoAgent_isLeftToOthers() {
    assertEquals(ExecutionStatus.INVOKE_NEXT_IF_ANY, configure());
    assertFalse(rootAppenders());
  }

  private boolean rootAppenders() {
    return context.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders().hasNext();
  }

  @Test
  void log_goesToAFile_andWarningsAlsoToStandardError() throws Exception {
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    System.setErr(new PrintStream(shown, true, StandardCharsets.UTF_8));
    System.setProperty(AgentLogs.DIRECTORY, directory.toString());
    assertEquals(ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY, configure());

    Logger log = context.getLogger("dev.drover.agent.Example");
    log.atInfo().addKeyValue("device", "cam-0").log("Enrolled");
    log.atWarn()
        .addKeyValue("code", "DISK_FULL")
        .setCause(new IllegalStateException("why"))
        .log("Refused");
    log.atDebug().log("Chatter");
    context.getLogger("io.netty.Something").info("Chatter of a library");
    System.err.flush();

    List<String> lines = Files.readAllLines(directory.resolve("agent.log"));
    String time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z ";
    assertTrue(
        lines.get(0).matches(time + "INFO  Example - Enrolled device=\"cam-0\""), lines.get(0));
    assertTrue(
        lines.get(1).matches(time + "WARN  Example - Refused code=\"DISK_FULL\""), lines.get(1));
    assertTrue(lines.get(2).contains("IllegalStateException: why"), lines.get(2));
    assertFalse(String.join("\n", lines).contains("Chatter"), lines::toString);
    String warnings = shown.toString(StandardCharsets.UTF_8);
    assertTrue(warnings.contains("Refused"), warnings);
    assertFalse(warnings.contains("Enrolled"), warnings);
  }

  @Test
  void log_thatIsLarge_isCutAndCompressed() throws IOException {
    Path file = directory.resolve("agent.log");
    try (RandomAccessFile old = new RandomAccessFile(file.toFile(), "rw")) {
      old.setLength(11 << 20);
    }
    System.setProperty(AgentLogs.DIRECTORY, directory.toString());
    configure();
    Logger log = context.getLogger("dev.drover.agent.Example");
    await()
        .until(
            () -> {
              log.info("again");
              return Files.size(file) < 1 << 20;
            });
    await().until(() -> names().stream().anyMatch(name -> name.matches(CUT)));
    context.stop();
    assertEquals(2, names().size(), () -> names().toString());
  }

  private List<String> names() {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException unreadable) {
      throw new AssertionError(unreadable);
    }
  }
}
