package dev.drover.deploy.demo;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.deploy.fleet.FleetProcesses;
import dev.drover.deploy.fleet.Workplace;
import dev.drover.term.Terminal;
import dev.drover.testkit.TinyGguf;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** How the demo ends: what it reports, what it leaves, and what goes on. */
class DemoTest {
  @TempDir private Path directory;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
  private final Terminal terminal = new Terminal(out, out, false);
  private final AtomicLong nanos = new AtomicLong();
  private Path root = Path.of("");
  private Path report = Path.of("");

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectories(directory.resolve("cache/demo"));
    Files.writeString(root.resolve("smollm2-135m.gguf"), "a model");
    report = directory.resolve("report.json");
  }

  @AfterEach
  void stop() throws IOException {
    int unused = DemoState.down(root, out);
  }

  /** Time goes on by ten seconds whenever somebody looks, so that waiting for a minute is short. */
  private long nanoTime() {
    return nanos.addAndGet(Duration.ofSeconds(10).toNanos());
  }

  private Demo demo(Path launcher, boolean keep) {
    return new Demo(
        new DemoOptions(true, keep, 1),
        Workplace.at(root),
        launcher,
        terminal,
        Clock.systemUTC(),
        this::nanoTime);
  }

  private DemoSetup.Made made() {
    Path model = root.resolve("smollm2-135m.gguf");
    return new DemoSetup.Made("passphrase".toCharArray(), 1, 2, model, model);
  }

  private Scene scene(Path launcher) {
    Checks checks = new Checks(terminal, this::nanoTime);
    FleetProcesses processes = new FleetProcesses(launcher, root);
    DemoOptions options = new DemoOptions(true, false, 1);
    return new Scene(options, root, checks, processes, made(), Clock.systemUTC(), this::nanoTime);
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  private DemoCommand command(Path report) {
    DemoCommand command =
        new DemoCommand(
            Map.of("DROVER_CACHE", directory.resolve("cache").toString()),
            Clock.systemUTC(),
            this::nanoTime);
    return new CommandLine(command)
        .parseArgs("--small", "--report", report.toString())
        .commandSpec()
        .commandLine()
        .getCommand();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void hubThatEnds_isReported_andWhatWasMadeIsThereToBeLookedAt(boolean keep) throws IOException {
    assertFalse(demo(StandIn.launcherThatFails(directory), keep).run(made(), report));
    JsonNode seen = new ObjectMapper().readTree(report.toFile());
    assertFalse(seen.get("ok").asBoolean(true));
    assertEquals(1, seen.get("checks").size(), "what needs a hub was not tried");
    JsonNode hub = seen.get("checks").get(0);
    assertEquals("hub starts", hub.get("name").asText());
    assertFalse(hub.get("ok").asBoolean(true));
    assertTrue(hub.get("detail").asText().contains("hub ended: started hub run"), hub::toString);
    assertTrue(text().contains("Not everything works: 0 of 1"), text());
    assertTrue(text().contains("What was left is in " + root), text());
    assertFalse(text().contains("goes on running"), text());
    assertTrue(Files.exists(root.resolve("hub.out")));
    assertFalse(DemoState.isRunning(root));
  }

  @Test
  void end_afterEverythingHeld_leavesNoProcessAndNoFile() throws IOException {
    Path launcher = StandIn.launcherThatStays(directory);
    Scene scene = scene(launcher);
    scene.startHub();
    scene.startAgent("press-1");
    await().until(() -> Files.readString(scene.processes.log("press-1")).contains("started"));
    assertTrue(DemoState.isRunning(root));
    demo(launcher, false).end(scene, true);
    assertFalse(DemoState.isRunning(root));
    assertFalse(Files.exists(root));
    assertTrue(Files.exists(directory.resolve("cache")));
  }

  @Test
  void fleetThatIsKept_goesOn_isExplained_andEndsWithDown() throws IOException {
    Path launcher = StandIn.launcherThatStays(Files.createDirectory(directory.resolve("a b")));
    assertFalse(demo(launcher, true).run(made(), null));
    assertTrue(DemoState.isRunning(root));
    assertTrue(text().contains("export DROVER_HUB=localhost:1\n"), text());
    assertTrue(text().contains("export DROVER_OPERATOR=" + root.resolve("hub/")), text());
    for (String words : List.of("  '%s' device ls\n", "  '%s' audit tail\n", "it: '%s' down\n")) {
      assertTrue(text().contains(String.format(Locale.ROOT, words, launcher)), text());
    }

    Path hub = Files.createDirectories(root.resolve("hub"));
    DemoCommand again = command(report);
    assertTrue(assertRefused(ErrorCode.ALREADY_EXISTS, again::call).contains("drover down"));
    assertTrue(Files.exists(hub), "the running fleet's files are not touched");

    assertEquals(0, DemoState.down(root, out));
    assertFalse(DemoState.isRunning(root));
    assertEquals(List.of(), children(directory.resolve("cache")));
  }

  @Test
  void model_thatRottedInTheCache_isRefusedBeforeTheHubSeesIt() throws IOException {
    Path file = TinyGguf.ofSeed(1).writeTo(directory.resolve("cache/models.gguf"));
    Files.delete(root.resolve("smollm2-135m.gguf"));
    Files.createSymbolicLink(root.resolve("smollm2-135m.gguf"), file);
    Scene scene = scene(StandIn.launcherThatFails(directory));
    byte[] unused = scene.publisher.create(scene.passphrase, new SecureRandom(), Instant.now());
    ObjectNode draft = Notes.draft("1.0.0", "Answer.");

    DroverException refused =
        assertThrows(
            DroverException.class, () -> DemoSetup.publishKnown(scene, draft, scene.smallModel));

    assertEquals(ErrorCode.DIGEST_MISMATCH, refused.code());
    assertTrue(refused.forPerson().contains("Remove " + file.toRealPath()), refused::forPerson);
  }

  private static List<Path> children(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void report_ofARunBefore_isGoneWhenTheDemoDoesNotStart() throws IOException {
    Files.writeString(report, "{\"ok\":true,\"checks\":[]}");
    DemoCommand withoutLauncher = command(report);
    assertRefused(ErrorCode.INVALID_ARGUMENT, withoutLauncher::call);
    assertFalse(new ObjectMapper().readTree(report.toFile()).get("ok").asBoolean(true));
    assertEquals(List.of(), children(directory.resolve("cache")));
  }

  @Test
  void report_thatCannotBeWritten_isSaidBeforeAnythingStarts() throws IOException {
    Path inside = Files.writeString(directory.resolve("file"), "").resolve("report.json");
    DemoCommand command = command(inside);
    String why = assertRefused(ErrorCode.STORE_FAILED, command::call);
    assertTrue(why.contains(inside.toString()), why);
  }
}
