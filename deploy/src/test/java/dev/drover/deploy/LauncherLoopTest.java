package dev.drover.deploy;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.core.ProcessControl;
import dev.drover.term.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the launcher's loop does when an agent's process ends, and when it is asked to end itself.
 * The JVM is a script that ends with one code after another, and stays when they are used up.
 */
class LauncherLoopTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int ABORTED = 134;
  private static final int KILLED = 137;
  private static final int STATE = 70;
  private static final int RESOURCE = 73;
  private static final int STORE_FAILED = Failures.STORE_EXIT_CODE;
  private static final int START_AGAIN = ProcessControl.RESTART_EXIT_CODE;

  private static final String JAVA =
      """
      #!/usr/bin/env bash
      [ -z "${RELEASE:-}" ] || trap 'echo asked >> "$ASKED"' TERM
      echo $$ >> "$STARTS"
      code=$(sed -n "$(wc -l < "$STARTS")p" "$CODES")
      [ -z "$code" ] || exit "$code"
      [ -n "${RELEASE:-}" ] || exec /bin/sleep 600
      until [ -e "$RELEASE" ]; do /bin/sleep 0.05; done
      """;

  /** Notes a pause instead of making it. */
  private static final String SLEEP =
      """
      #!/usr/bin/env bash
      echo "$1" >> "$PAUSES"
      """;

  /** Puts the clock of the shell forward with each command: a process lives for minutes. */
  private static final String TIME_FLIES =
      """
      set -T
      trap 'SECONDS=$((SECONDS + 20))' DEBUG
      """;

  /** Notes the loop's commands before they run, and asks it to end before one of them. */
  private static final String STEPS =
      """
      set -T
      steps=0
      step() {
        steps=$((steps + 1))
        echo "${1%% *}" >> "$NOTED"
        [ $steps != "$AT" ] || kill -TERM $$
      }
      trap '[ "${FUNCNAME[0]:-}" != supervise ] || [ $BASHPID != $$ ] || step "$BASH_COMMAND"' DEBUG
      """;

  @TempDir private Path directory;
  private ProcessBuilder builder;
  private Path output;
  private @Nullable Process loop;

  @BeforeEach
  void install() throws IOException {
    LauncherRoot root = LauncherRoot.in(directory);
    var unused = root.jdk(JAVA);
    output = root.output();
    builder = root.agentRun();
    for (String file : List.of("starts", "codes", "pauses", "asked", "noted")) {
      set(file.toUpperCase(Locale.ROOT), directory.resolve(file));
    }
  }

  @AfterEach
  void endAll() {
    if (loop != null) {
      loop.descendants().forEach(ProcessHandle::destroyForcibly);
      loop.destroyForcibly();
    }
    agents().forEach(ProcessHandle::destroyForcibly);
  }

  private void set(String name, Path value) {
    builder.environment().put(name, value.toString());
  }

  private void noPauses() throws IOException {
    Path programs = LauncherRoot.program(directory.resolve("bin/sleep"), SLEEP).getParent();
    builder.environment().put("PATH", programs + ":" + System.getenv("PATH"));
  }

  /** Has the launcher's shell read this before it begins. */
  private void first(String script) throws IOException {
    set("BASH_ENV", Files.writeString(directory.resolve("first"), script));
  }

  private Process start(Integer... codes) throws IOException {
    for (String file : List.of("starts", "pauses", "noted")) {
      Files.deleteIfExists(directory.resolve(file));
    }
    Files.write(directory.resolve("codes"), List.of(codes).stream().map(String::valueOf).toList());
    loop = builder.start();
    return loop;
  }

  private int codeOf(Process ending) throws IOException, InterruptedException {
    assertTrue(ending.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), Files.readString(output));
    return ending.exitValue();
  }

  private int run(Integer... codes) throws IOException, InterruptedException {
    return codeOf(start(codes));
  }

  private List<String> lines(String file) {
    try {
      Path written = directory.resolve(file);
      return Files.exists(written) ? Files.readAllLines(written) : List.of();
    } catch (IOException unreadable) {
      throw new AssertionError(unreadable);
    }
  }

  /** Returns the agents that live. */
  private List<ProcessHandle> agents() {
    return lines("starts").stream()
        .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)).stream())
        .filter(ProcessHandle::isAlive)
        .toList();
  }

  /** Returns whether an agent that ended with this code is started no more, but for a full disk. */
  static boolean personHasToAct(int code) {
    return code >= 64 && code <= 78 && code != STORE_FAILED && code != START_AGAIN;
  }

  private static String expected(int code) {
    if (code == 0) {
      return "0 after 1";
    }
    return personHasToAct(code) ? code + " after 1" : "0 after 2";
  }

  @Test
  void agent_endsWithACode_isStartedAgainUnlessAPersonHasToAct() throws Exception {
    noPauses();
    Map<Integer, String> wanted = new TreeMap<>();
    Map<Integer, String> seen = new TreeMap<>();
    IntStream codes = IntStream.rangeClosed(63, 79);
    for (int code : IntStream.concat(codes, IntStream.of(0, 1, ABORTED, KILLED, 255)).toArray()) {
      wanted.put(code, expected(code));
      seen.put(code, run(code, 0) + " after " + lines("starts").size());
    }
    assertEquals(wanted, seen);
  }

  @Test
  void crashes_oneAfterAnother_arePausedForLongerEachTime() throws Exception {
    noPauses();
    assertEquals(0, run(1, ABORTED, 1, KILLED, 1, 1, 1, 0));
    assertEquals(List.of("1", "2", "4", "8", "16", "30", "30"), lines("pauses"));
    assertTrue(
        Files.readString(output).contains("the agent ended with 137; starting it again in 8 s\n"));
  }

  @Test
  void crash_afterANewStartThatWasAskedFor_isPausedForAsTheFirst() throws Exception {
    noPauses();
    assertEquals(0, run(1, 1, START_AGAIN, START_AGAIN, 1, 0));
    assertEquals(List.of("1", "2", "1"), lines("pauses"));
  }

  @Test
  void crash_ofAnAgentThatHadLived_isPausedForAsTheFirst() throws Exception {
    noPauses();
    first(TIME_FLIES);
    assertEquals(0, run(1, KILLED, 1, 0));
    assertEquals(List.of("1", "1", "1"), lines("pauses"));
  }

  @Test
  void failedStore_isTriedUntilTheDiskLetsTheAgentStart() throws Exception {
    noPauses();
    assertEquals(0, run(STORE_FAILED, STATE, RESOURCE, 1, RESOURCE, 0));
    assertEquals(List.of("1", "2", "4", "8", "16"), lines("pauses"));
    assertEquals(64, run(STORE_FAILED, RESOURCE, 64, 0));
    assertEquals(3, lines("starts").size());
  }

  @Test
  void failedStore_afterAnAgentThatHasRun_isForgotten() throws Exception {
    noPauses();
    assertEquals(RESOURCE, run(STORE_FAILED, START_AGAIN, RESOURCE, 0));
    assertEquals(STATE, run(STORE_FAILED, START_AGAIN, STATE, 0));
  }

  private List<String> archivesAfter(Integer... codes) throws Exception {
    List<String> found = List.of("agent-17-1.jsa", "hub-17-1.jsa");
    for (String archive : found) {
      Files.createDirectories(directory.resolve("cache"));
      Files.writeString(directory.resolve("cache").resolve(archive), "data");
    }
    assertEquals(0, run(codes));
    return found.stream().filter(this::isKept).toList();
  }

  private boolean isKept(String archive) {
    return Files.exists(directory.resolve("cache").resolve(archive));
  }

  @Test
  void archive_isThrownAwayWhereTheAgentCrashedAtItsStart() throws Exception {
    noPauses();
    assertEquals(List.of("hub-17-1.jsa"), archivesAfter(ABORTED, 0));
    List<String> both = List.of("agent-17-1.jsa", "hub-17-1.jsa");
    assertEquals(both, archivesAfter(1, START_AGAIN, STORE_FAILED, 0));
    first(TIME_FLIES);
    assertEquals(both, archivesAfter(ABORTED, 0));
  }

  /** Returns the place in what was noted of so many waits: for an agent, then in a pause. */
  private int placeOfWait(int count) {
    List<String> noted = lines("noted");
    int[] waits = IntStream.range(0, noted.size()).filter(at -> isWait(noted.get(at))).toArray();
    return waits.length < count ? -1 : waits[count - 1];
  }

  private static boolean isWait(String command) {
    return command.equals("wait");
  }

  /** Has the loop run until it waits so often, and ended; returns the place of that wait. */
  private int reach(int waits, Integer... codes) throws Exception {
    first(STEPS);
    builder.environment().put("AT", "none");
    Process started = start(codes);
    await().atMost(PATIENCE).until(() -> placeOfWait(waits) >= 0);
    started.destroy();
    assertEnded(started, "wait " + waits);
    return placeOfWait(waits);
  }

  private void assertEnded(Process ending, String when) throws Exception {
    assertEquals(0, codeOf(ending), when);
    assertEquals(List.of(), agents(), when);
  }

  private void assertEndsBeforeEachStep(int from, int to, Integer... codes) throws Exception {
    assertTrue(from < to);
    for (int place = from; place <= to; place++) {
      builder.environment().put("AT", Integer.toString(place + 1));
      assertEnded(start(codes), "step " + (place + 1) + " of " + lines("noted"));
      assertTrue(lines("noted").size() > place, () -> "not reached: " + lines("noted"));
    }
  }

  @Test
  void loop_askedToEndWhileItStartsAnAgent_endsBoth() throws Exception {
    int wait = reach(1);
    int trap = lines("noted").indexOf("trap");
    assertEndsBeforeEachStep(trap + 1, wait);
  }

  @Test
  void loop_askedToEndWhileItPauses_endsWithoutAnotherStart() throws Exception {
    int pause = reach(2, 1);
    assertEndsBeforeEachStep(placeOfWait(1) + 1, pause, 1);
    assertEquals(1, lines("starts").size());
  }

  @Test
  void loop_askedToEnd_waitsForAnAgentThatTakesItsTime() throws Exception {
    Path release = directory.resolve("release");
    set("RELEASE", release);
    Process asked = start();
    await().atMost(PATIENCE).until(() -> lines("starts").size() == 1);
    asked.destroy();
    await().atMost(PATIENCE).until(() -> lines("asked").size() > 1);
    assertTrue(asked.isAlive());
    assertFalse(agents().isEmpty());
    Files.writeString(release, "");
    assertEnded(asked, "released");
  }
}
