package dev.drover.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which class data the launcher has a JVM note, archive and map. The JVM is a script that tells.
 */
class LauncherTest {
  private static final String NOTE = "-XX:DumpLoadedClassList=";
  private static final String MAP = "-XX:SharedArchiveFile=";
  private static final String DUMP = "-Xshare:dump";
  private static final String JAVA =
      """
      #!/usr/bin/env bash
      [ "$*" != -version ] || { echo "$SAYS" >&2; exit; }
      echo "$*" >> "$CALLS"
      for option in "$@"; do
        case $option in
          -XX:DumpLoadedClassList=*)
            printf 'java/lang/Object id: 1\\n%s\\nhalf a li' "$LOADED" > "${option#*=}" ;;
          -XX:SharedArchiveFile=*) archive=${option#*=} ;;
          -Xshare:dump) dump=1 ;;
        esac
      done
      [ -z "${dump:-}" ] || { [ -z "${FAIL:-}" ] && echo data > "$archive"; }
      """;

  @TempDir private Path directory;
  private LauncherRoot root;
  private Path cache;
  private Path calls;
  private Path release;
  private String loaded = "dev/drover/wire/EgressGuard";
  private String fail = "";
  private String says = "";

  @BeforeEach
  void install() throws IOException {
    root = LauncherRoot.in(directory);
    Files.writeString(root.agentJars().resolve("agent.jar"), "jar");
    release = root.jdk(JAVA).resolve("release");
    cache = directory.resolve("cache");
    calls = directory.resolve("calls");
  }

  /** Starts an agent and returns what options each JVM had, in order. */
  private List<String> start() throws IOException, InterruptedException {
    Files.deleteIfExists(calls);
    assertEquals(0, launch(), () -> read(root.output()));
    return Files.readAllLines(calls);
  }

  /** Starts an agent and returns the launcher's exit code. */
  private int launch() throws IOException, InterruptedException {
    ProcessBuilder builder = root.agentRun();
    builder.environment().put("SAYS", says);
    builder.environment().put("DROVER_CACHE", cache.toString());
    builder.environment().put("DROVER_SUPERVISED", "1");
    builder.environment().put("CALLS", calls.toString());
    builder.environment().put("LOADED", loaded);
    builder.environment().put("FAIL", fail);
    Process process = builder.start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return process.exitValue();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  private List<Path> cached(String ending) throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      return files.filter(file -> file.toString().endsWith(ending)).toList();
    }
  }

  private void assertNotes(List<String> starts) {
    assertEquals(1, starts.size());
    assertTrue(starts.get(0).contains(NOTE));
    assertFalse(starts.get(0).contains(MAP));
  }

  private void assertDumpsAndMaps(List<String> starts) throws IOException {
    assertEquals(2, starts.size());
    assertTrue(starts.get(0).contains(DUMP));
    assertTrue(starts.get(1).contains(MAP + cached(".jsa").get(0)));
    assertFalse(starts.get(1).contains(NOTE));
  }

  private void assertTooOld(String cause) throws IOException, InterruptedException {
    assertEquals(73, launch());
    String out = read(root.output());
    assertTrue(out.startsWith("drover: JDK_TOO_OLD: "), out);
    assertTrue(out.contains(cause), out);
    assertTrue(out.contains("\n  next: Install a JDK of version 17 or later"), out);
    assertFalse(Files.exists(calls), "nothing was started with it");
  }

  @Test
  void jdk_thatIsTooOld_isRefusedBeforeAnythingStarts() throws Exception {
    Files.writeString(release, "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"11.0.30\"\n");
    assertTooOld("is version 11.");
    Files.writeString(release, "JAVA_VERSION=\"1.8.0_402\"\n");
    assertTooOld("is version 8.");
  }

  @Test
  void jdk_withoutAFileThatTells_isAsked() throws Exception {
    Files.delete(release);
    says = "openjdk version \"11.0.30\" 2026-01-20";
    assertTooOld("is version 11.");
    says = "Unrecognized option: -version";
    assertTooOld("is version unknown.");
    says = "openjdk version \"17.0.15\" 2025-04-15";
    assertEquals(1, start().size());
    says = "openjdk version \"25\" 2025-09-16";
    assertEquals(1, start().size());
  }

  @Test
  void starts_oneAfterAnother_noteThenArchiveThenMap() throws Exception {
    assertNotes(start());
    assertDumpsAndMaps(start());
    assertEquals(
        List.of("java/lang/Object id: 1", loaded), Files.readAllLines(cached(".classes").get(0)));
    List<String> third = start();
    assertEquals(1, third.size());
    assertTrue(third.get(0).contains(MAP));
  }

  @Test
  void start_withAnotherJdkOrOtherJars_beginsAnew() throws Exception {
    assertNotes(start());
    assertDumpsAndMaps(start());
    Files.writeString(release, "JAVA_VERSION=\"25.0.3\"\n");
    assertNotes(start());
    assertDumpsAndMaps(start());
    Files.writeString(directory.resolve("agent-lib/agent.jar"), "another jar");
    assertNotes(start());
    assertDumpsAndMaps(start());
    assertEquals(1, cached(".jsa").size());
  }

  @Test
  void archive_cutShortByACrash_isMadeAgain() throws Exception {
    assertNotes(start());
    assertDumpsAndMaps(start());
    Files.writeString(cached(".jsa").get(0), "");
    Files.writeString(Path.of(cached(".jsa").get(0) + ".new"), "half");
    assertDumpsAndMaps(start());
    assertEquals(List.of(), cached(".new"));
  }

  @Test
  void archive_thatTheJdkDoesNotMake_isDoneWithout() throws Exception {
    assertNotes(start());
    fail = "1";
    List<String> second = start();
    assertEquals(2, second.size());
    assertFalse(second.get(1).contains(MAP));
    List<String> third = start();
    assertEquals(1, third.size());
    assertFalse(third.get(0).contains(MAP) || third.get(0).contains(NOTE));
  }

  @Test
  void notes_ofARunThatDidNotGetThere_areNotUsed() throws Exception {
    loaded = "dev/drover/agent/Main";
    assertNotes(start());
    assertNotes(start());
    assertEquals(1, cached(".classes").size() + notes());
  }

  private long notes() throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      return files.filter(file -> file.toString().matches(".*\\.classes\\.[0-9]+")).count();
    }
  }

  @Test
  void cache_thatCannotBeMade_isDoneWithout() throws Exception {
    cache = Files.writeString(directory.resolve("file"), "").resolve("cache");
    List<String> only = start();
    assertEquals(1, only.size());
    assertFalse(only.get(0).contains(MAP) || only.get(0).contains(NOTE));
  }
}
