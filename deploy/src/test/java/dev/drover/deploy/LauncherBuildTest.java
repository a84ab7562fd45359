package dev.drover.deploy;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the launcher of a checkout builds. Maven and the JVM are scripts that tell. */
class LauncherBuildTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String JAR = "deploy/target/drover-deploy-0.1.0-SNAPSHOT.jar";

  /** Waits for a file before it builds, where it is to. */
  private static final String MVN =
      """
      #!/usr/bin/env bash
      echo "$*" >> builds
      until [ ! -e hold ]; do sleep 0.05; done
      [ ! -e broken ] || { echo '[ERROR] it does not compile'; exit 1; }
      mkdir -p deploy/target
      echo jar > deploy/target/drover-deploy-0.1.0-SNAPSHOT.jar
      """;

  /** Stays for as long as a hub does. */
  private static final String JAVA =
      """
      #!/usr/bin/env bash
      case "$*" in
        *"hub run"*) echo $$ > "$RUNS"; exec sleep 600 ;;
        *) echo answered ;;
      esac
      """;

  @TempDir private Path directory;
  private final List<Process> started = new ArrayList<>();
  private LauncherRoot root;
  private int outputs;

  @BeforeEach
  void install() throws IOException {
    root = LauncherRoot.checkout(directory);
    var java = root.jdk(JAVA);
    var mvn = LauncherRoot.program(directory.resolve("bin/mvn"), MVN);
    assertTrue(Files.exists(java) && Files.exists(mvn));
  }

  @AfterEach
  void endAll() {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  /** A command under way. */
  private record Run(Process process, Path output) {
    String ended(int code) throws IOException, InterruptedException {
      assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS));
      String text = Files.readString(output);
      assertEquals(code, process.exitValue(), text);
      return text;
    }
  }

  private Run start(String... words) throws IOException {
    Path output = directory.resolve("out-" + outputs++);
    ProcessBuilder builder = root.command(words).redirectOutput(output.toFile());
    builder.environment().put("PATH", directory.resolve("bin") + ":" + System.getenv("PATH"));
    builder.environment().put("RUNS", directory.resolve("runs").toString());
    Process process = builder.start();
    started.add(process);
    return new Run(process, output);
  }

  private String run() throws IOException, InterruptedException {
    return start("version").ended(0);
  }

  private int builds() throws IOException {
    Path file = directory.resolve("builds");
    return Files.exists(file) ? Files.readAllLines(file).size() : 0;
  }

  /** Makes what was built older than the sources. */
  private void age() throws IOException {
    Files.setLastModifiedTime(directory.resolve(JAR), FileTime.fromMillis(0));
  }

  private void flag(String name) throws IOException {
    Files.writeString(directory.resolve(name), "");
  }

  private void awaitBuilds(int count) {
    await().atMost(PATIENCE).until(() -> builds() == count);
  }

  @Test
  void jars_absentOrOlderThanTheSources_areBuiltAndFreshOnesAreNot() throws Exception {
    assertTrue(run().contains("Building Drover"));
    assertEquals(1, builds());
    assertEquals("answered\n", run());
    assertEquals(1, builds());
    age();
    assertTrue(run().endsWith("answered\n"));
    assertEquals(2, builds());
    assertEquals("answered\n", run());
    assertEquals(2, builds());
  }

  @Test
  void commands_thatNeedABuildAtOnce_shareOne() throws Exception {
    flag("hold");
    Run first = start("version");
    awaitBuilds(1);
    Run second = start("version");
    await().atMost(PATIENCE).until(() -> waitsForALock(second));
    Files.delete(directory.resolve("hold"));

    assertTrue(first.ended(0).endsWith("answered\n"));
    assertEquals("answered\n", second.ended(0));
    assertEquals(1, builds());
  }

  private static boolean waitsForALock(Run run) {
    return run.process()
        .descendants()
        .anyMatch(child -> child.info().command().orElse("").endsWith("/flock"));
  }

  @Test
  void build_thatFails_saysWhyAndIsTriedAgain() throws Exception {
    flag("broken");

    String said = start("version").ended(73);

    assertTrue(said.contains("[ERROR] it does not compile\ndrover: INTERNAL: the build failed."));
    assertTrue(said.contains("\n  next: Read "), said);
    Files.delete(directory.resolve("broken"));
    assertTrue(run().endsWith("answered\n"));
    assertEquals(2, builds());
  }

  @Test
  void jars_thatAProcessRunsFrom_areNotBuiltAnewBeneathIt() throws Exception {
    run();
    Run hub = start("hub", "run");
    await().atMost(PATIENCE).until(() -> Files.exists(directory.resolve("runs")));
    age();

    String said = run();

    assertEquals(1, builds());
    assertTrue(said.startsWith("drover: the sources have changed, but something runs"), said);
    assertTrue(said.contains("\n  next: Stop what runs"), said);
    assertTrue(said.endsWith("\nanswered\n"), said);
    hub.process().destroyForcibly().waitFor();
    assertTrue(run().contains("Building Drover"));
    assertEquals(2, builds());
  }
}
