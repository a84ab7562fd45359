package dev.drover.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.core.ProcessControl;
import dev.drover.testkit.Needs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParseResult;

/** The units for systemd: read by systemd itself, and in agreement with the launcher's own loop. */
class SystemdUnitsTest {
  private static final String INSTALLED = "/opt/drover";

  /** How a JVM ends that was sent SIGTERM. */
  private static final int TERMINATED = 143;

  /** What a unit has a shell do, with each dollar doubled for systemd. */
  private static final Pattern SHELL = Pattern.compile("/bin/sh -c '([^']*)'");

  private static final Set<String> HARDENING =
      Set.of(
          "NoNewPrivileges=yes",
          "CapabilityBoundingSet=",
          "ProtectSystem=strict",
          "ProtectHome=yes",
          "ProtectKernelTunables=yes",
          "ProtectKernelModules=yes",
          "ProtectControlGroups=yes",
          "PrivateTmp=yes",
          "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
          "RestrictNamespaces=yes",
          "RestrictSUIDSGID=yes",
          "LockPersonality=yes",
          "SystemCallArchitectures=native",
          "UMask=0077",
          "StateDirectoryMode=0700",
          "CacheDirectoryMode=0700");

  @TempDir private Path directory;

  private static Path file(String part) {
    return LauncherRoot.module().resolve("systemd").resolve("drover-" + part + ".service");
  }

  /** Returns a unit's lines as written, without comments. */
  private static List<String> lines(String part) throws IOException {
    return Files.readAllLines(file(part)).stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .toList();
  }

  /** Returns a unit's settings; none is set twice. */
  private static Map<String, String> settings(String part) throws IOException {
    Map<String, String> settings = new LinkedHashMap<>();
    for (String line : lines(part)) {
      if (!line.startsWith("[")) {
        int equals = line.indexOf('=');
        assertEquals(null, settings.put(line.substring(0, equals), line.substring(equals + 1)));
      }
    }
    return settings;
  }

  private static Set<Integer> codes(Map<String, String> settings, String key) {
    return Arrays.stream(settings.getOrDefault(key, "").split(" "))
        .filter(code -> !code.isEmpty())
        .map(Integer::valueOf)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<String> command(Map<String, String> settings) {
    return List.of(settings.getOrDefault("ExecStart", "").split(" "));
  }

  private List<String> saysSystemd(List<Path> units) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(Needs.systemdAnalyze().toString(), "verify"));
    units.forEach(unit -> command.add(unit.toString()));
    Path out = directory.resolve("verify.out");
    Process verify =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertTrue(verify.waitFor(60, TimeUnit.SECONDS));
    // It reads the units that ours come after, too, which are this machine's own affair.
    return Files.readAllLines(out).stream().filter(line -> line.contains("drover")).toList();
  }

  /** Writes a unit as it is where Drover lies in a directory of this machine. */
  private Path installed(String part, String as, String into) throws IOException {
    String text = Files.readString(file(part)).replace(INSTALLED, into);
    return Files.writeString(directory.resolve(as), text);
  }

  @Test
  void units_asSystemdReadsThem_areWithoutFault() throws Exception {
    LauncherRoot root = LauncherRoot.in(directory.resolve("root"));
    String here = root.launcher().getParent().getParent().toString();
    List<Path> units =
        List.of(
            installed("agent", "drover-agent.service", here),
            installed("hub", "drover-hub.service", here));
    assertEquals(List.of(), saysSystemd(units));
    Path absent = installed("hub", "drover-hub.service", directory.resolve("gone").toString());
    assertFalse(saysSystemd(List.of(absent)).isEmpty(), "it looks at what is started");
  }

  @ParameterizedTest
  @ValueSource(strings = {"agent", "hub"})
  void unit_startsTheCommandOfItsPart_onItsOwnDirectories(String part) throws Exception {
    Map<String, String> settings = settings(part);
    List<String> command = command(settings);
    assertEquals(INSTALLED + "/deploy/drover", command.get(0));
    String[] words = command.subList(1, command.size()).toArray(String[]::new);
    ParseResult parsed = DroverCommand.line().parseArgs(words);
    assertEquals(part, parsed.subcommand().commandSpec().name());
    assertEquals("run", parsed.subcommand().subcommand().commandSpec().name());
    assertEquals("/var/lib/" + settings.get("StateDirectory"), command.get(command.size() - 1));
    List<String> environment = List.of(settings.getOrDefault("Environment", "").split(" "));
    assertTrue(environment.contains("DROVER_CACHE=/var/cache/" + settings.get("CacheDirectory")));
    assertEquals(part.equals("agent"), environment.contains("DROVER_SUPERVISED=1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"agent", "hub"})
  void unit_givesItsProcessNothingThatItDoesNotNeed(String part) throws Exception {
    Set<String> missing = new TreeSet<>(HARDENING);
    missing.removeAll(lines(part));
    assertEquals(Set.of(), missing);
    assertEquals("drover", settings(part).get("User"));
    assertEquals("drover", settings(part).get("Group"));
  }

  /** As systemd decides in service_shall_restart: what prevents it comes before what forces it. */
  private static boolean startsAgain(Map<String, String> settings, int code) {
    if (codes(settings, "RestartPreventExitStatus").contains(code)) {
      return false;
    }
    return codes(settings, "RestartForceExitStatus").contains(code)
        || "always".equals(settings.get("Restart"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"agent", "hub"})
  void unit_startsAgainWhereTheLoopDoes_howeverOften(String part) throws Exception {
    Map<String, String> settings = settings(part);
    List<Integer> ends =
        IntStream.rangeClosed(1, 255).filter(code -> !startsAgain(settings, code)).boxed().toList();
    assertEquals(
        IntStream.rangeClosed(1, 255).filter(LauncherLoopTest::personHasToAct).boxed().toList(),
        ends);
    assertEquals("0", settings.get("StartLimitIntervalSec"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"agent", "hub"})
  void unit_thatWasStopped_hasNotFailed(String part) throws Exception {
    assertTrue(codes(settings(part), "SuccessExitStatus").contains(TERMINATED));
  }

  /** Returns the agent's archives that are left where its process ended in this way. */
  private List<Path> archivesAfter(String exitCode) throws Exception {
    Path archive = Files.writeString(directory.resolve("agent-17-1.jsa"), "data");
    Path other = Files.writeString(directory.resolve("hub-17-1.jsa"), "data");
    Matcher shell = SHELL.matcher(settings("agent").getOrDefault("ExecStopPost", ""));
    assertTrue(shell.matches());
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", "-c", shell.group(1).replace("$$", "$")).inheritIO();
    builder.environment().put("EXIT_CODE", exitCode);
    builder.environment().put("DROVER_CACHE", directory.toString());
    Process process = builder.start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue());
    assertTrue(Files.exists(other));
    return Stream.of(archive).filter(Files::exists).toList();
  }

  @Test
  void agent_thatCrashed_getsNewClassData() throws Exception {
    assertEquals(1, archivesAfter("exited").size());
    assertEquals(List.of(), archivesAfter("killed"));
    assertEquals(List.of(), archivesAfter("dumped"));
  }

  @Test
  void agent_thatAsksToBeStartedAgain_hasNotFailed() throws Exception {
    int asks = ProcessControl.RESTART_EXIT_CODE;
    assertTrue(codes(settings("agent"), "SuccessExitStatus").contains(asks));
  }
}
